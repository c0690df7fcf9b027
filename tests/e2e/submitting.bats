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

# receipts HOME: every receipt of the store as received, in hex, by sequence. The body is sealed, each time differently: its length.
receipts() {
  /usr/bin/python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("""SELECT sequence, epoch, position, server_time_ms, leaf, receipt.signature,
    change_count, applied, refused, conflicts, warned, length(body) FROM receipt JOIN sealed ON sealed.number = receipt.sealed
    ORDER BY sequence, receipt.number"""):
    print(*(cell.hex() if isinstance(cell, bytes) else cell for cell in row))' "$WORK/$1/store.db"
}

# branch_id CODE: the derived id of a direct committee.
branch_id() {
  /usr/bin/python3 -c 'import hashlib, struct, sys
name = b"dantin/record\0" + struct.pack(">H", 3) + b"tinh-uy-quang-ngai\0" + sys.argv[1].encode() + b"\0"
print(hashlib.sha256(name + struct.pack(">I", 0x80000000)).hexdigest()[:32])' "$1"
}

# refused_by RULE COMMAND…: it exits with 1 and says that this rule refused it.
refused_by() {
  local rule=$1
  shift
  run "$@"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$rule"* ]]
}

# consolidated: the province's whole state as its consolidated tables show it.
consolidated() {
  { client province report composition --by branch --csv && client province report member_ratio --csv; } | grep -v '# date='
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
  # On one line too, and the whole RECEIPT: the second client compares the bytes.
  enrol plain --sender 522 --role clerk
  second_client plain --cell "$(branch_id 522)" --count 1 >"$WORK/plain.json"
  rm -rf "${WORK:?}/again"
}

# What was sealed by an old copy is neither applied nor silently dropped: the clerk and the operator are both told.
@test "a restored copy that sealed something else is refused loudly and quarantined" {
  cp -a "$WORK/first" "$WORK/old"
  sheet_members "$WORK/more.csv" 101 1
  client first import --first-load "$WORK/more.csv"
  client first submit
  [ "$(counted)" = 22 ]

  sheet_members "$WORK/other.csv" 201 1
  client old import --first-load "$WORK/other.csv"
  run client old submit
  echo "$output"
  [ "$status" -eq 5 ]
  [[ "$output" == *copied* ]]
  [ "$(counted)" = 22 ]
  grep -q 'event=device_quarantined' "$WORK/serve.log"
  [ "$(metric dantind_ingest_quarantines_total)" = 1 ]

  # The device is closed for both copies until an operator has looked; nothing of either is lost.
  sheet_members "$WORK/later.csv" 301 1
  client first import --first-load "$WORK/later.csv"
  run client first submit --json
  echo "$output"
  [ "$status" -eq 5 ]
  client first search "Nguyễn Văn Số 301" | grep -q 301
  client old search "Nguyễn Văn Số 201" | grep -q 201

  # Once the operator has, the home whose submissions the journal holds goes on; the copy closes the device again.
  "$DANTIND" device release "$(client first status --json | field 'r["device"]')" --data "$DATA" --lang en 3>&-
  client first submit
  [ "$(counted)" = 23 ]
  run client old submit
  echo "$output"
  [ "$status" -eq 5 ]
  [ "$(counted)" = 23 ]
  [ "$(sql 'select count(*) from dantin.device where is_quarantined')" = 1 ]
}

# A device whose payload cannot be read must not be stopped for ever.
@test "an authentic submission with an unreadable payload is journalled as refused, the next one applies" {
  local before cell
  before=$(counted)
  cell=$(branch_id 536)
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

# Whoever speaks for one committee cannot write into another, with our client or any other.
@test "a sender's device cannot touch another sender's branches or members" {
  local before record version
  before=$(counted)
  record=$(field 'r["records"][0]' <"$WORK/plain.json")
  version=$(field 'r["receipt"]["versions"][0]' <"$WORK/plain.json")
  enrol foreign --sender 524 --role clerk

  # A new member there; theirs taken over; theirs changed in place; ours given to them.
  refused_by ingest.out_of_scope second_client foreign --cell "$(branch_id 522)" --count 1
  refused_by ingest.out_of_scope second_client foreign --cell "$(branch_id 524)" --record "$record" --base "$version" --count 1
  refused_by ingest.out_of_scope second_client foreign --cell "$(branch_id 522)" --record "$record" --base "$version" --count 1
  refused_by ingest.out_of_scope second_client plain --cell "$(branch_id 524)" --record "$record" --base "$version" --count 1
  [ "$(counted)" = "$before" ]

  # A branch below theirs, and their own branch itself, which belongs to the province.
  enrol neighbour --sender 524 --role clerk
  sheet_branches "$WORK/neighbour.csv" 522
  client neighbour import --first-load "$WORK/neighbour.csv"
  run client neighbour submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  [ "$(field 'r["refused"]' <<<"$output")" = 2 ]
  enrol climber --sender 524 --role clerk
  client climber export branch "$WORK/tree.csv"
  sed -i '/[,"]524[,"]/s/Đảng bộ/Đảng bộ tự phong/' "$WORK/tree.csv"
  client climber import --first-load "$WORK/tree.csv"
  run client climber submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  # Their store never saw the province's version of it, so at first it is a conflict; mended from there, it is out of their scope.
  [ "$(field '(r["conflicts"], r["applied"])' <<<"$output")" = "(1, 0)" ]
  client climber receipts --refused "$WORK/climb.csv" || [ $? -eq 3 ]
  client climber import --first-load "$WORK/climb.branch.csv"
  run client climber submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  [ "$(field '(r["refused"], r["applied"])' <<<"$output")" = "(1, 0)" ]
}

# A number goes with the person: who left and comes back after a gap is a second record of the sender's, under the first one's number.
@test "a member who left and came back is taken as a new record, also in one submission" {
  enrol returning --sender 536 --role clerk
  sheet_branches "$WORK/returning-branches.csv" 536
  client returning import --first-load "$WORK/returning-branches.csv"
  for row in '03/02/2005,01/06/2015' '01/03/2023,'; do
    printf '%s\n' 'Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ,Sinh hoạt từ ngày,Sinh hoạt đến ngày' \
      "77001,Đinh Thị Mẫu,01/05/1980,Nữ,03/02/2005,03/02/2006,CB1,$row" >"$WORK/returning.csv"
    client returning import --first-load "$WORK/returning.csv"
  done
  run client returning submit --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field '(r["applied"], r["refused"])' <<<"$output")" = "(4, 0)" ]
}

# What the province refused comes back as a sheet, is mended there, and goes its way again.
@test "a refused change is mended in the sheet of refusals and applied" {
  run client neighbour receipts --refused "$WORK/mend.csv"
  echo "$output"
  [ "$status" -eq 3 ]
  grep 'Error' "$WORK/mend.branch.csv"
  sed 's/\([,"]\)522\([,"]\)/\1524\2/' "$WORK/mend.branch.csv" >"$WORK/mended.csv"
  client neighbour import --first-load "$WORK/mended.csv"
  run client neighbour submit --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field 'r["applied"]' <<<"$output")" = 2 ]
  run client neighbour receipts --refused "$WORK/none.csv"
  [ "$status" -eq 0 ]
  # What stands below it follows.
  sheet_members "$WORK/neighbour-members.csv" 1 3
  client neighbour import --first-load "$WORK/neighbour-members.csv"
  client neighbour submit
}

# Two clerks of one office at work on the same people, each at a PC of their own: nobody's work is written over unseen, and whoever
# mends a conflict writes on what the other one left.
@test "two devices of one sender: the later edit is a conflict, mended it is applied" {
  local people="select name, sex from dantin.member where name like 'Nguyễn Văn Số 80%' order by 1"
  enrol here --sender 525 --role clerk
  enrol there --sender 525 --role clerk
  sheet_branches "$WORK/here-branches.csv" 525
  sheet_members "$WORK/here-members.csv" 801 2
  client here import --first-load "$WORK/here-branches.csv" "$WORK/here-members.csv"
  client here submit
  client here export branch "$WORK/there-branches.csv"
  client here export member "$WORK/there-members.csv"

  # The other PC learns of the records from the first one's sheets, not from the province: its edits name no version.
  sed -i 's/Số 801,/Số 801 Sửa,/' "$WORK/there-members.csv"
  client there import --first-load "$WORK/there-branches.csv" "$WORK/there-members.csv"
  run client there submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  [ "$(field '(r["conflicts"], r["applied"])' <<<"$output")" = "(4, 0)" ]
  [ "$(sql "$people")" = $'Nguyễn Văn Số 801 nam\nNguyễn Văn Số 802 nam' ]

  # The clerk looks, and says that it is to be so.
  run client there receipts --refused "$WORK/there.csv"
  [ "$status" -eq 3 ]
  grep -q 'another version' "$WORK/there.csv"
  grep -q 'The province has: Full name = ""Nguyễn Văn Số 801""' "$WORK/there.csv"
  client there import --first-load "$WORK/there.branch.csv" "$WORK/there.csv"
  client there submit
  [ "$(sql "$people")" = $'Nguyễn Văn Số 801 Sửa nam\nNguyễn Văn Số 802 nam' ]

  # Now the first PC is behind. What it changed twice meanwhile comes back once, whole, and goes through.
  sed -i '/Số 801,/s/,Nam,/,Nữ,/' "$WORK/here-members.csv"
  client here import --first-load "$WORK/here-members.csv"
  client here submit --seal-only
  sed -i 's/Số 801,/Số 801 Hai,/' "$WORK/here-members.csv"
  client here import --first-load "$WORK/here-members.csv"
  run client here submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  [ "$(field '(r["conflicts"], r["applied"])' <<<"$output")" = "(2, 0)" ]
  run client here receipts --refused "$WORK/here.csv"
  [ "$status" -eq 3 ]
  [ "$(grep -c 'another version' "$WORK/here.csv")" = 1 ]
  client here import --first-load "$WORK/here.csv"
  run client here submit --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field 'r["applied"]' <<<"$output")" = 1 ]
  [ "$(sql "$people")" = $'Nguyễn Văn Số 801 Hai nu\nNguyễn Văn Số 802 nam' ]
  [ "$(sql "select count(*), count(*) filter (where until is null) from dantin.member_version where id in
    (select id from dantin.member where name = 'Nguyễn Văn Số 801 Hai')")" = "3 1" ]
}

# A cell taken away by mistake would take its members out of every total, with nobody to say where they went.
@test "a branch that others name is not removed, children before their parent are" {
  local before
  enrol keeper --sender 528 --role clerk
  enrol people --sender 528 --role clerk
  sheet_branches "$WORK/keeper.csv" 528
  head -n 2 "$WORK/keeper.csv" >"$WORK/fewer.csv"
  sheet_members "$WORK/people.csv" 901 2
  client keeper import --first-load "$WORK/keeper.csv"
  client keeper submit
  client keeper export branch "$WORK/people-branches.csv"
  client people import --first-load "$WORK/people-branches.csv" "$WORK/people.csv"
  client people submit || [ $? -eq 3 ] # the branches are there already
  before=$(counted)

  # The PC that knows nobody in the cell offers its removal, and the province refuses.
  client keeper import --complete --reason 'nhập nhầm' "$WORK/fewer.csv"
  run client keeper submit --json
  echo "$output"
  [ "$status" -eq 3 ]
  [ "$(field '(r["refused"], r["applied"])' <<<"$output")" = "(1, 0)" ]
  run client keeper receipts --refused "$WORK/kept.csv"
  [ "$status" -eq 3 ]
  grep -q 'give it an end date instead' "$WORK/kept.branch.csv"
  # The PC that has the members says so at once.
  run client people import --complete --reason 'nhập nhầm' "$WORK/fewer.csv"
  echo "$output"
  [ "$status" -eq 3 ]
  [[ "$output" == *"1 of these are still named by other records"* ]]
  grep -q 'give it an end date instead' "$WORK/fewer.missing (2).csv"
  [ "$(counted)" = "$before" ]

  # Members and branches in one submission, the leaves first.
  enrol whole --sender 527 --role clerk
  sheet_branches "$WORK/whole.csv" 527
  sheet_members "$WORK/whole-members.csv" 911 2
  client whole import --first-load "$WORK/whole.csv" "$WORK/whole-members.csv"
  client whole submit
  [ "$(counted)" = $((before + 2)) ]
  head -n 1 "$WORK/whole-members.csv" >"$WORK/no-members.csv"
  head -n 1 "$WORK/whole.csv" >"$WORK/no-branches.csv"
  client whole import --complete --reason 'nhập nhầm' "$WORK/no-members.csv" "$WORK/no-branches.csv"
  run client whole submit --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field '(r["submissions"] if "submissions" in r else 1, r["applied"])' <<<"$output")" = "(1, 4)" ]
  [ "$(counted)" = "$before" ]
}

# Who may only read is told so before a byte of data leaves, and by the server too.
@test "a viewer's device cannot submit" {
  local before
  before=$(counted)
  enrol looker --sender 522 --role viewer
  sheet_branches "$WORK/looker.csv" 522
  client looker import --first-load "$WORK/looker.csv"
  run client looker submit
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"may only view"* ]]
  refused_by "error 12" second_client looker --cell "$(branch_id 522)" --count 1
  client looker report composition
  [ "$(counted)" = "$before" ]
}

# An old backup put back is noticed by the first client that knows more; until an operator declares the loss nothing is taken, and
# then everything that was ever acknowledged comes back.
@test "a rolled-back server is noticed, takes nothing until a new epoch, and is refilled by its clients" {
  local before
  enrol third --sender 528 --role clerk
  enrol fourth --sender 529 --role clerk
  client third submit # a session before the backup
  province_halt
  cp -a "$DATA" "$WORK/backup"
  province_serve
  sheet_members "$WORK/after.csv" 501 30
  client neighbour import --first-load "$WORK/after.csv"
  client neighbour submit
  sheet_members "$WORK/change.csv" 501 30
  sed -i 's/,Nam,/,Nữ,/' "$WORK/change.csv"
  client neighbour import --first-load "$WORK/change.csv"
  client neighbour submit
  sheet_branches "$WORK/third-branches.csv" 528
  sheet_members "$WORK/third-members.csv" 601 40
  client third import --first-load "$WORK/third-branches.csv" "$WORK/third-members.csv"
  client third submit
  consolidated >"$WORK/before"
  before=$(counted)

  province_halt
  rm -rf "$DATA"
  mv "$WORK/backup" "$DATA"
  province_serve
  [ "$(counted)" = $((before - 70)) ]
  run client third submit
  echo "$output"
  [ "$status" -eq 5 ]
  [[ "$output" == *"old state"* ]]
  grep -q 'event=server_rolled_back' "$WORK/serve.log"
  # It takes nothing from those either who could not know.
  sheet_branches "$WORK/fourth.csv" 529
  client fourth import --first-load "$WORK/fourth.csv"
  run client fourth submit
  echo "$output"
  [ "$status" -eq 5 ]
  refused_by "error 17" second_client plain --cell "$(branch_id 522)" --count 1
  # Nor an act of the operator's: it would make a second journal of the same name.
  client fifth init --kdf-cost for-tests --server "localhost:${LISTEN##*:}" --csr "$WORK/fifth.csr"
  run "$DANTIND" device sign "$WORK/fifth.csr" --data "$DATA" --sender 529 --role clerk --lang en 3>&-
  echo "$output"
  [ "$status" -ne 0 ]
  [ "$(counted)" = $((before - 70)) ]

  "$DANTIND" epoch new --data "$DATA" --lang en 3>&-
  run client third submit
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"new epoch"* ]]
  client neighbour submit
  client fourth submit
  consolidated | diff "$WORK/before" -
  run "$DANTIND" epoch close --data "$DATA" --lang en 3>&-
  [ "$output" = "The refill is closed." ]
  sheet_members "$WORK/closed.csv" 701 1
  client third import --first-load "$WORK/closed.csv"
  client third submit
  [ "$(counted)" = $((before + 1)) ]
}
