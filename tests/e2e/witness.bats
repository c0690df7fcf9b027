#!/usr/bin/env bats
# Clients as witnesses of the journal: what a quorum of senders signed is sealed, proofs can be handed on, and two clients that were
# shown different journals find out.

load ../lib/province

setup_file() {
  province_start
  enrol one --sender 522 --role clerk
  enrol two --sender 536 --role clerk
}

teardown_file() { province_stop; }

# Two of three senders cosign one text: receipts below it are sealed, at whoever asks.
@test "a receipt is sealed once devices of more than half of the senders cosigned" {
  sheet_branches "$WORK/one-branches.csv" 522
  client one import --first-load "$WORK/one-branches.csv"
  client one submit
  [ "$(client one receipts --json | field "r['receipts'][0]['is_sealed']")" = False ]
  client two submit
  client one submit
  run client one receipts --json
  [ "$(field "r['receipts'][0]['is_sealed']" <<<"$output")" = True ]
  run client one status --json
  [ "$(field "r['alarms']" <<<"$output")" = 0 ]
  [ "$(field "r['receipts_sealed']" <<<"$output")" = 1 ]
  [ "$(metric dantind_cosignatures_total)" -ge 3 ]
}

# The proof is a file others can check; one changed byte of it is found; the page for the file bears it as a QR code.
@test "a proof is shown, verified at another PC, and printed" {
  client one receipt show 1 >"$WORK/proof.txt"
  head -n 1 "$WORK/proof.txt" | grep -q '^c2sp.org/tlog-proof@v1$'
  run client two receipt verify "$WORK/proof.txt" --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field "r['is_own'], r['sequence']" <<<"$output")" = "False 1" ]
  run client one receipt verify "$WORK/proof.txt" --json
  [ "$(field "r['is_own']" <<<"$output")" = True ]
  sed 's/^index .*/index 0/' "$WORK/proof.txt" >"$WORK/false.txt"
  run client two receipt verify "$WORK/false.txt"
  echo "$output"
  [ "$status" -ne 0 ]
  client one receipt print 1 --out "$WORK/page.html"
  grep -q '<svg' "$WORK/page.html"
  grep -q 'c2sp.org/tlog-proof@v1' "$WORK/page.html"
}

# Nobody is enrolled for a committee behind its back: its own devices say so at the next connection, after every command until the
# person has looked.
@test "a new device that speaks for a committee is told to those there until they looked, and to nobody else" {
  local shadow
  run client one submit
  [[ $output != *"notices about devices"* ]]
  enrol shadow --sender 522 --role clerk
  shadow=$(client shadow status --json | field "r['device']")
  run client two submit
  echo "$output"
  [[ $output != *"notices about devices"* ]]
  client one submit
  run client one list branch
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"1 new notices about devices that speak for your committee"* ]]
  [ "$(client one status --json | field "r['notices']")" = 1 ]
  run client one notices
  echo "$output"
  [[ $output == *"NEW device ${shadow:0:16}"*"speaks for your committee now (entry $(sql 'select max(position) from dantin.journal where content = 4') of the journal, role clerk)"* ]]
  client one notices --seen
  run client one submit
  [[ $output != *"notices about devices"* ]]
  [ "$(client one status --json | field "r['notices']")" = 0 ]
  [ "$(client one notices --json | field "r['notices'][0]['is_seen']")" = True ]
  # The newcomer is told of who is there already.
  client shadow submit
  [ "$(client shadow notices --json | field "r['notices'][0]['device']")" = "$(client one status --json | field "r['device']")" ]
  # What becomes of it later is told too.
  "$DANTIND" device revoke "$shadow" --data "$DATA" --lang en 3>&-
  client one submit
  [ "$(client one notices --json | field "' '.join(n['what'] for n in r['notices'])")" = "enrolled revoked" ]
  [ "$(client one status --json | field "r['notices']")" = 1 ]
  [ "$(client two status --json | field "r['notices']")" = 0 ]
}

# The operator runs a second journal under the same key, and hides from it that another was shown: whoever saw the first refuses.
@test "two journals shown to two clients: the first that meets the other raises the alarm" {
  local note size
  province_halt
  cp -a "$DATA" "$WORK/other"
  province_serve
  sheet_members "$WORK/first.csv" 101 1
  client one import --first-load "$WORK/first.csv"
  client one submit
  size=$(sql 'select max(size) from dantin.checkpoint')
  note=$(sql "select encode(note, 'hex') from dantin.checkpoint where size = $size")
  province_halt
  mv "$DATA" "$WORK/seen-by-one"
  mv "$WORK/other" "$DATA"
  province_serve
  sheet_branches "$WORK/two-branches.csv" 536
  client two import --first-load "$WORK/two-branches.csv"
  client two submit
  sheet_members "$WORK/second.csv" 201 1
  client two import --first-load "$WORK/second.csv"
  client two submit
  sql "update dantin.checkpoint set note = decode('$note', 'hex') where size = $size"

  sheet_members "$WORK/third.csv" 102 1
  client one import --first-load "$WORK/third.csv"
  run client one submit
  echo "$output"
  [ "$status" -ne 0 ]
  [[ "$output" == *"ALARM"*"holds $size entries"*"shows $((size + 1))"* ]]
  [ -s "$WORK/one/alarm-1-held.note" ]
  [ -s "$WORK/one/alarm-1-shown.note" ]
  run client one status
  [[ "$output" == *"ALARM"* ]]
  [ "$(client one status --json 2>/dev/null | field "r['sealed_waiting']")" = 1 ]
  [ "$(client one alarm show --json 2>/dev/null | field "(r['alarms'][0]['held_entries'], r['alarms'][0]['shown_entries'])")" = "($size, $((size + 1)))" ]
  client one alarm acknowledge
  run client one status
  [[ "$output" != *"ALARM"* ]]
}
