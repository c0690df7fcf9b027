#!/usr/bin/env bats
# The consolidated tables as people and programs read them. One province with one committee for the file.

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 5
  client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client first submit
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

# Two columns under one label, the second full of codes, is what nobody at a desk can read.
@test "on the screen every column has a label of its own and codes are left out" {
  run client province report composition --by sender,sex
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" =~ ^Sender\ +Sex\ +Members$ ]]
  [[ "${lines[2]}" =~ Nam|Male ]]
  [[ "${lines[2]}" != *522* ]]
  run client province report member_ratio
  [[ "${lines[0]}" != *code* ]]
}

# Programs join by code, and no two columns of a spreadsheet are called the same.
@test "in CSV and JSON the codes stand beside the names" {
  run client province report composition --by sender,sex --csv
  [[ "${lines[0]}" == *'# date='*' position='*' epoch='*' definition=composition hash='* ]]
  [[ "${lines[1]}" == $'Sender,Sender (code),Sex,Sex (code),Members\r' ]]
  [[ "${lines[2]}" == *,522,* ]]
  run client province report composition --by sender,sex --lang vi --csv
  [[ "${lines[1]}" == $'Đơn vị,Đơn vị (mã),Giới tính,Giới tính (mã),Đảng viên\r' ]]
  client province report composition --by sender,sex --json >"$WORK/composition.json"
  [ "$(field 'r["rows"][0]["sender_code"]' <"$WORK/composition.json")" = 522 ]
}

@test "what can be asked for is listed, and counted by anything the schema lets be counted by" {
  run client province report --list
  [ "$status" -eq 0 ]
  [[ "$output" == *member_ratio* ]]
  client province pivot member --by sender,sex --where 'status=official; admission_date<1/1/2100' --csv >"$WORK/pivot.csv"
  grep -q '^A\|522' "$WORK/pivot.csv"
  client province pivot member --where 'status=official' --json >"$WORK/pivot.json"
  client province pivot member --where 'status=official' --trace --purpose test --json >"$WORK/pivot_trace.json"
  [ "$(field 'len(r["rows"])' <"$WORK/pivot_trace.json")" = "$(field 'r["rows"][0]["records"]' <"$WORK/pivot.json")" ]
  [ "$(field 'r["rows"][0]["sequence"] >= 1' <"$WORK/pivot_trace.json")" = True ]
  [ "$(field 'r["definition"]' <"$WORK/pivot_trace.json")" = pivot ]
  run client province pivot member --where 'status=official' --trace # what for?
  [ "$status" -ne 0 ]
  [[ "$output" == *--purpose* ]]
  run client province pivot member --trace --purpose test --where 'religion=01'
  [ "$status" -ne 0 ]
  run client province pivot member --where 'religion=01'
  [ "$status" -ne 0 ]
  run client province pivot member --where 'sex like x'
  [ "$status" -ne 0 ]
}

@test "behind a figure stand its records and receipts, without a name" {
  total=$(client province report composition --unit 522 --csv | tr -d '\r' | tail -n 1)
  client province trace composition --unit 522 --purpose test --json >"$WORK/trace.json"
  [ "$(field 'len(r["rows"])' <"$WORK/trace.json")" = "$total" ]
  [ "$(field 'r["rows"][0]["kind"]' <"$WORK/trace.json")" = member ]
  [ "$(field 'r["rows"][0]["sequence"] >= 1' <"$WORK/trace.json")" = True ]
  [ "$(field 'sorted(r["rows"][0])' <"$WORK/trace.json")" = "['branch', 'branch_code', 'kind', 'position', 'record', 'sender', 'sender_code', 'sequence', 'server_time']" ]
}
