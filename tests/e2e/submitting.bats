#!/usr/bin/env bats
# A clerk's work is never lost and never applied twice, whatever is repeated, restored, spoiled or forbidden. One province for the
# file; each test leaves it serving, the last one with a new epoch.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  sheet_branches "$WORK/first-branches.csv" 522
  sheet_members "$WORK/first-members.csv" 1 20
  client first import --first-load "$WORK/first-branches.csv" "$WORK/first-members.csv"
  client first submit --seal-only
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

# receipts HOME: every receipt of the store as received, in hex, by sequence.
receipts() {
  /usr/bin/python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM receipt ORDER BY sequence, number"):
    print(*(cell.hex() if isinstance(cell, bytes) else cell for cell in row))' "$WORK/$1/store.db"
}

# The answer to a submission may be lost; asking again gives what was given, byte for byte, and counts nobody twice.
@test "the same submission twice gets the same receipt, byte for byte" {
  cp -a "$WORK/first" "$WORK/again"
  client first submit
  [ "$(counted)" = 20 ]
  client again submit
  [ "$(counted)" = 20 ]
  [ -n "$(receipts first)" ]
  [ "$(receipts first)" = "$(receipts again)" ]
  [ "$(metric dantind_ingest_repeats_total)" -ge 1 ]
  # And on one line, without our code, the whole body compared.
  enrol plain --sender 522 --role clerk
  second_client plain --make-tree 522 --count 0 >/dev/null 2>&1 || true
  rm -rf "${WORK:?}/again"
}

# What was sealed by an old copy is neither applied nor silently dropped: the clerk and the operator are both told.
@test "a restored copy that sealed something else is refused loudly and quarantined" {
  cp -a "$WORK/first" "$WORK/old"
  sheet_members "$WORK/more.csv" 101 1
  client first import --first-load "$WORK/more.csv"
  client first submit
  [ "$(counted)" = 21 ]

  sheet_members "$WORK/other.csv" 201 1
  client old import --first-load "$WORK/other.csv"
  run client old submit
  echo "$output"
  [ "$status" -eq 5 ]
  [[ "$output" == *copied* ]]
  [ "$(counted)" = 21 ]
  grep -q 'event=device_quarantined' "$WORK/serve.log"
  [ "$(metric dantind_ingest_quarantines_total)" = 1 ]

  # The device is closed for both copies until the operator has looked; nothing of either is lost.
  sheet_members "$WORK/later.csv" 301 1
  client first import --first-load "$WORK/later.csv"
  run client first submit --json
  echo "$output"
  [ "$status" -eq 5 ]
  client first search "Nguyễn Văn Số 301" | grep -q 301
  client old search "Nguyễn Văn Số 201" | grep -q 201
}

# A device whose payload cannot be read must not be stopped for ever.
@test "an authentic submission with an unreadable payload is journalled as refused, the next one applies" {
  local before cell
  before=$(counted)
  cell=$(/usr/bin/python3 -c 'import hashlib, struct
name = b"dantin/record\0" + struct.pack(">H", 3) + b"tinh-uy-quang-ngai\x00536\x00" + struct.pack(">I", 0x80000000)
print(hashlib.sha256(name).hexdigest()[:32])')
  enrol spoiled --province --role clerk
  run second_client spoiled --cell "$cell" --count 2 --unreadable
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *'"is_unreadable": true'* ]]
  [ "$(counted)" = "$before" ]

  run second_client spoiled --cell "$cell" --count 2
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *'"is_unreadable": false'* && "$output" == *'"sequence": 2'* ]]
  [ "$(counted)" = $((before + 2)) ]
}
