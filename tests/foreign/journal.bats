#!/usr/bin/env bats
# What the server's writer and our signatures make, checked by another language's own implementation of docs/journal.md.

setup_file() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/dantin-foreign.XXXXXX")
  export WORK
  "$DANTIN_BINARY_DIR/tests/write_journal" "$WORK" 700 3
}

teardown_file() { rm -rf "$WORK"; }

check() {
  local what=$1 from=$2
  # shellcheck disable=SC2046  # one key per word
  node "$DANTIN_SOURCE_DIR/tests/foreign/journal.mjs" "$what" "$from" "$(cat "$WORK/log-key")" $(cat "$WORK/device-keys")
}

# flip FILE OFFSET: one byte changed, in a copy of what is there.
flip() {
  local byte
  byte=$(od -An -tu1 -j "$2" -N 1 "$1")
  printf '%b' "\\0$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "an exported journal is right by foreign eyes, and by ours" {
  run check export "$WORK/export"
  [ "$output" = "right: 720 entries, 18 checkpoints, 17 cosignatures" ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$(cat "$WORK/log-key")" --receipt "$WORK/first.tlog-proof" \
    --receipt "$WORK/last.tlog-proof" --lang en
  echo "$output"
  [ "$status" = 0 ]
  [[ $output == *"720  entries"* && $output == *"2  receipts"* && $output == *"18 senders that are witnesses vouches for size 720"* ]]
}

@test "receipts are right by foreign eyes" {
  run check receipt "$WORK/first.tlog-proof"
  [[ $output == "right: position 0 of 720, device "*", sequence 1, 17 cosignatures" ]]
  run check receipt "$WORK/last.tlog-proof"
  [[ $output == "right: position 719 of 720, device "*", 17 cosignatures" ]]
}

@test "a flipped byte is noticed by both, at the same entry" {
  cp -r "$WORK/export" "$WORK/flipped"
  flip "$WORK/flipped/tile/entries/001" $((238 * 5 + 100))
  run check export "$WORK/flipped"
  [ "$output" = "wrong: entry 261: its bytes do not give the hash in the tree" ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/flipped" --lang en
  echo "$output"
  [ "$status" = 1 ]
  [[ $output == "WRONG: entry 261: its bytes do not give the hash that stands in the tree"* ]]
}

@test "a receipt with another moment in it is none" {
  python3 - "$WORK/last.tlog-proof" >"$WORK/changed.tlog-proof" <<'END'
import base64, sys
lines = open(sys.argv[1]).read().split("\n")
leaf = bytearray(base64.b64decode(lines[1].split()[1]))
leaf[203] ^= 1
lines[1] = "extra " + base64.b64encode(leaf).decode()
print("\n".join(lines), end="")
END
  run check receipt "$WORK/changed.tlog-proof"
  [ "$output" = "wrong: the path does not lead to the root" ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --receipt "$WORK/changed.tlog-proof" --lang en
  echo "$output"
  [ "$status" = 1 ]
  [[ $output == *"entry 719: the proof in the receipt"* ]]
}

@test "words that are not ours are refused with the help" {
  run "$DANTIN_BINARY_DIR/dantin-verify" --lang en
  [ "$status" = 2 ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key 12
  [ "$status" = 2 ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/nothing" --lang en
  [ "$status" = 3 ]
  [[ $output == *"journal cannot be read"* ]]
  run "$DANTIN_BINARY_DIR/dantin-verify" --help --lang en
  [ "$status" = 0 ]
}
