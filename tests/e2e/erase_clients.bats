#!/usr/bin/env bats
# An erasure reaches every copy: the committee's PCs blank what they hold of the person, whatever they were about to send.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0
load ../lib/province

FIRST="Cao Thị Sơn Ca"
SECOND="Cao Thị Hoạ Mi"

operator() { "$DANTIND" "$@" --data "$DATA" --lang en 3>&-; }

# rename FROM NAME TO: the first person of a sheet under another name, alone.
rename() {
  /usr/bin/python3 - "$@" <<'PY'
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8")))
name = [i for i, title in enumerate(rows[0]) if title in ("Họ và tên", "name")][0]
rows[1][name] = sys.argv[2]
csv.writer(open(sys.argv[3], "w", encoding="utf-8", newline="")).writerows(rows[:2])
PY
}

setup_file() {
  province_start
  enrol clerk --sender 522 --role clerk
  enrol stranger --sender 524 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 12
  client clerk import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client clerk submit
  rename "$WORK/members.csv" "$FIRST" "$WORK/first.csv"
  client clerk import "$WORK/first.csv"
  client clerk submit
  sql "select replace(id::text, '-', '') from dantin.member where name = '$FIRST'" >"$WORK/person"
}

teardown_file() { province_stop; }

person() { cat "$WORK/person"; }
log_key() { openssl pkey -in "$DATA/receipt.key" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }
found() { client clerk search "$1" --json | field 'len(r["hits"])'; }

# named HOME NAME: how many records of this name the PC finds.
named() { client "$1" search "$2" --json | field 'len(r["hits"])'; }

@test "two more PCs come to hold the person: one in conflict, one of a sender that the record is not in the scope of" {
  enrol second --sender 522 --role clerk
  enrol other --sender 524 --role clerk
  client clerk export member "$WORK/all.csv" >/dev/null
  head -n 1 "$WORK/all.csv" >"$WORK/one.csv"
  grep -F "$FIRST" "$WORK/all.csv" >>"$WORK/one.csv"
  for home in second other; do
    client "$home" import --first-load "$WORK/branches.csv" || true
    client "$home" import --first-load "$WORK/one.csv"
    run client "$home" submit
    echo "$output"
    [ "$(named "$home" "$FIRST")" = 1 ]
  done
  [ "$(client second status --json | field 'r["conflicts_open"]')" -gt 0 ]
}

@test "a name in what was not sent yet does not leave the PC, the other changes of the submission do" {
  [ "$(found "$FIRST")" -gt 0 ]
  # Sealed before the PC hears of the decision: the person under another name, and somebody else.
  rename "$WORK/members.csv" "$SECOND" "$WORK/second.csv"
  sheet_members "$WORK/more.csv" 101 1
  client clerk import "$WORK/second.csv"
  client clerk import --first-load "$WORK/more.csv"
  client clerk submit --seal-only
  run operator erase "$(person)" --decision "12-QĐ/TU ngày 24/11/2026"
  echo "$output"
  [ "$status" -eq 0 ]

  run client clerk submit
  echo "$output"
  [[ "$output" == *"record $(person), by decision 12-QĐ/TU ngày 24/11/2026"* ]]
  [[ "$output" != *"$SECOND"* ]]
  [ "$(sql 'select count(*) from dantin.member')" = 13 ]
  [ "$(sql "select count(*) from dantin.member_version where id = '$(person)' and name is not null")" = 0 ]
  [ "$(client clerk status --json | field 'r["sealed_waiting"]')" = 0 ]
}

@test "nothing of the person is left on the PC, what counts use is, and it is said once" {
  [ "$(found "$FIRST")" = 0 ]
  [ "$(found "$SECOND")" = 0 ]
  run client clerk submit
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" != *"$(person)"* ]]
  run client clerk receipts --refused "$WORK/mend.csv"
  [ "$(cat "$WORK"/mend*.csv 2>/dev/null | grep -c -F "$SECOND")" = 0 ]
}

@test "the old sheet does not bring the person back; who joins anew comes with a reason" {
  run client clerk import "$WORK/members.csv"
  echo "$output"
  [ "$status" -eq 3 ]
  [[ "$output" == *"0 new, 0 changed, 11 unchanged, 1 failed"* ]]
  grep -q "the province erased this person's data" "$WORK/members.errors.csv"
  sed -e '1s/$/,Lý do giải trình/' -e '2,$s/$/,kết nạp lại/' "$WORK/members.csv" | head -n 2 >"$WORK/anew.csv"
  run client clerk import "$WORK/anew.csv"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 new"* ]]
}

@test "the other PCs that hold the person blank them too, and their conflict is over" {
  for home in second other; do
    run client "$home" submit
    echo "$output"
    [[ "$output" == *"record $(person), by decision 12-QĐ/TU ngày 24/11/2026"* ]]
    [ "$(named "$home" "$FIRST")" = 0 ]
  done
  [ "$(client second status --json | field 'r["conflicts_open"]')" = 0 ]
  run client second receipts --refused "$WORK/second.mend.csv"
  [ "$(cat "$WORK"/second.mend*.csv 2>/dev/null | grep -c -F "$FIRST")" = 0 ]
}

@test "another sender's PC is told nothing" {
  run --separate-stderr client stranger submit --json
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(field 'len(r["erased"])' <<<"$output")" = 0 ]
}

@test "every receipt and the journal are as right as before" {
  run operator audit replay
  echo "$output"
  [ "$status" -eq 0 ]
  operator journal export "$WORK/export" --purpose test
  client clerk receipt show 1 >"$WORK/one.proof"
  client clerk receipt show 3 >"$WORK/three.proof"
  run client clerk receipt verify "$WORK/three.proof"
  [ "$status" -eq 0 ]
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$(log_key)" --receipt "$WORK/one.proof" --receipt "$WORK/three.proof" --lang en
  echo "$output"
  [ "$status" -eq 0 ]
}
