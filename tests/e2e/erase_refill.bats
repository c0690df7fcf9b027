#!/usr/bin/env bats
# A person who was submitted and erased after the backup that is restored: the submission comes again, the person does not.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0
load ../lib/province

operator() { "$DANTIND" "$@" --data "$DATA" --lang en 3>&-; }

setup_file() {
  province_start
  enrol clerk --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 5
  client clerk import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client clerk submit
  "$DANTIND" key recipient "$WORK/officer" --lang en >/dev/null
  operator backup "$WORK/old.backup" --to "$WORK/officer.pub"
  # One submission of three persons; the second is forgotten.
  sheet_members "$WORK/late.csv" 101 3
  client clerk import --first-load "$WORK/late.csv"
  client clerk submit
  sql "select replace(id::text, '-', '') from dantin.member where name = 'Nguyễn Văn Số 102'" >"$WORK/person"
  sql "select admission_date, sex, date_trunc('year', birth_date)::date from dantin.member where id = '$(cat "$WORK/person")'" >"$WORK/codes"
  cp -a "$WORK/clerk" "$WORK/untold"
  operator erase "$(cat "$WORK/person")" --decision "12-QĐ/TU"
  cp "$DATA/erasures" "$WORK/erasures"
  client clerk submit
  cp -a "$WORK/clerk" "$WORK/told"
  province_halt
}

teardown_file() { province_stop; }

person() { cat "$WORK/person"; }
codes() { sql "select admission_date, sex, birth_date from dantin.member where id = '$(person)'"; }
named() { sql "select count(*) from dantin.member_version where id = '$(person)' and (name is not null or card_number is not null)"; }
members() { sql 'select count(*) from dantin.member'; }
log_key() { openssl pkey -in "$DATA/receipt.key" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }

# restored NAME OPTION…: the old backup served from a folder of this name.
restored() {
  local name=$1
  shift
  DATA=$WORK/$name
  "$DANTIND" restore "$WORK/old.backup" --identity "$WORK/officer" --data "$DATA" --lang en "$@" 3>&-
  province_serve
  [ "$(members)" = 5 ]
}

# home NAME: the clerk's PC as it was then.
home() {
  rm -rf "$WORK/clerk"
  cp -a "$WORK/$1" "$WORK/clerk"
}

sound() {
  run operator audit replay
  echo "$output"
  [ "$status" -eq 0 ]
  rm -rf "$WORK/export"
  operator journal export "$WORK/export" --purpose test
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$(log_key)" --lang en
  echo "$output"
  [ "$status" -eq 0 ]
}

# refilled: the submission is back, what counts use of the person too, and nothing else of them, whatever is closed or started after.
refilled() {
  [ "$(members)" = 8 ]
  [ "$(codes)" = "$(cat "$WORK/codes")" ]
  [ "$(named)" = 0 ]
  sound
  operator epoch close
  [ "$(named)" = 0 ]
  province_halt
  province_serve
  [ "$(members)" = 8 ]
  [ "$(named)" = 0 ]
  sound
  province_halt
  rm -rf "$DATA"
}

@test "a PC that was not told yet: told before it offers, and the act fills the gap" {
  restored one --erasures "$WORK/erasures"
  home untold
  run client clerk submit
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"record $(person), by decision 12-QĐ/TU"* ]]
  refilled
}

@test "a PC that was told: the hash alone comes, and the act fills the gap" {
  restored two --erasures "$WORK/erasures"
  home told
  run client clerk submit
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" != *"$(person)"* ]]
  refilled
}

@test "the list comes late: the submission waits for it" {
  restored three
  home told
  run client clerk submit --wait 3
  echo "$output"
  [ "$status" -ne 0 ]
  [ "$(members)" = 5 ]
  [ "$(client clerk status --json | field 'r["left_behind"]')" -gt 0 ]
  province_halt
  cp "$WORK/erasures" "$DATA/erasures"
  run operator serve --listen 127.0.0.1:0
  [ "$status" -ne 0 ]
  [[ "$output" == *"run dantind epoch new before serving"* ]]
  operator epoch new
  province_serve
  run client clerk submit
  echo "$output"
  [ "$status" -eq 0 ]
  refilled
}

@test "the list is lost: the operator ends the waiting, the others of the submission are not lost and the person does not come back" {
  restored four
  home told
  run client clerk submit --wait 3
  [ "$status" -ne 0 ]
  operator epoch close
  run client clerk submit
  echo "$output"
  [[ "$output" == *"1 refused"* || "$output" == *"refused 1"* || "$output" == *"refused"* ]]
  [ "$(members)" = 7 ]
  [ "$(sql "select count(*) from dantin.member where id = '$(person)'")" = 0 ]
  [ "$(sql "select count(*) from dantin.refusal where rule = 'ingest.erased'")" = 1 ]
  [ "$(client clerk status --json | field 'r["refused_open"]')" = 0 ]
  sound
}
