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
  [[ "${lines[0]}" == *$'Sender,Sender (code),Sex,Sex (code),Members\r' ]]
  [[ "${lines[1]}" == *,522,* ]]
  run client province report composition --by sender,sex --lang vi --csv
  [[ "${lines[0]}" == *$'Đơn vị,Đơn vị (mã),Giới tính,Giới tính (mã),Đảng viên\r' ]]
  client province report composition --by sender,sex --json >"$WORK/composition.json"
  [ "$(field 'r["rows"][0]["sender_code"]' <"$WORK/composition.json")" = 522 ]
}
