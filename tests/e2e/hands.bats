#!/usr/bin/env bats
# Hands-on work in the client's own store, without a server: what the rules are, looking records up, entering and removing them.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup() {
  load ../lib/clerk
  work=$(mktemp -d)
  dantin=$(clerk_program "$work")
  export DANTIN_HOME=$work/home DANTIN_LANG=en HOME=$work
  cd "$work" || return
}

teardown() {
  cd / || return
  rm -rf "$work"
}

# field PYTHON-EXPRESSION-OVER-r: of the JSON on standard input.
field() { /usr/bin/python3 -c "import json, sys; r = json.load(sys.stdin); print($1)"; }

# The rules are the program's, so no home is needed; a kind's table holds what is true of every kind too.
@test "rules prints the table, of all kinds or one, also as CSV and JSON" {
  run "$dantin" rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"member.official_date · "* ]]
  run "$dantin" rules member --lang vi
  [ "$status" -eq 0 ]
  [[ "$output" == *"record.required · mọi loại · lỗi"* ]]
  [[ "$output" == *"member.official_date · Đảng viên · "* ]]
  [[ "$output" != *"branch."* ]]
  [ "$("$dantin" rules member --json | field 'sorted({rule["kind"] for rule in r["rules"]})')" = "['', 'member']" ]
  [ "$("$dantin" rules --json | field 'len(r["rules"])')" = "$(grep -c '^\*\*' "$DANTIN_SOURCE_DIR/docs/rules.md")" ]
  "$dantin" rules --csv >rules.csv
  [ "$(/usr/bin/python3 -c 'import csv; print(len(list(csv.reader(open("rules.csv", encoding="utf-8-sig", newline="")))))')" = \
    "$(($("$dantin" rules --json | field 'len(r["rules"])') + 1))" ]
  run "$dantin" rules nonsense
  [ "$status" -eq 2 ]
  [ ! -e "$work/home" ]
}

member() {
  "$dantin" put member file_number=0512 'name=Nguyễn Văn Đạt' birth_date=1/5/1980 sex=Nam admission_date=3/2/2005 \
    official_date=3/2/2006 branch.1.branch=CB1 branch.1.from=3/2/2005 "$@"
}

cell() {
  clerk_init "$dantin" --server localhost:1 --csr "$work/device.csr"
  "$dantin" put branch code=CB1 'name=Chi bộ thôn Một' 'kind=Chi bộ trực thuộc' parent.1.branch=522
}

@test "put enters and changes a record, show finds it by whatever names it" {
  cell
  run member
  [ "$status" -eq 0 ]
  [[ "$output" == *"is new"* ]]
  id=$(member --json | field 'r["id"]')
  run member occupation=
  [[ "$output" == *"nothing is different"* ]]
  run "$dantin" put member file_number=0512 event.1.type=disciplined event.1.effective_date=3/2/2024 \
    event.1.detail='Khiển trách' event.1.decision_number=01-QĐ event.1.decision_date=1/2/2024 event.1.authority='Huyện uỷ'
  [ "$status" -eq 0 ]
  [[ "$output" == *"was changed"* ]]
  for key in 0512 512 "$id" 'nguyen van dat · 1/5/1980 · CB1'; do
    [ "$("$dantin" show member "$key" --json | field 'r["key"]')" = 0512 ]
  done
  [ "$("$dantin" show member 0512 --json | field 'r["lists"]["event"][0]["type"]')" = Disciplined ]
  run "$dantin" show member 0512
  [[ "$output" == *"File number: 0512"* ]]
  [[ "$output" == *"Changed, not sealed yet"* ]]
  [ "$("$dantin" show branch 'chi bo thon mot' --json | field 'r["fields"]["code"]')" = CB1 ]
}

@test "who left and comes back after a gap is a new record under the old number" {
  cell
  member branch.1.to=1/6/2015
  left=$(member branch.1.to=1/6/2015 --json | field 'r["id"]')
  printf '%s\n' 'Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ,Sinh hoạt từ ngày' \
    '0512,Nguyễn Văn Đạt,01/05/1980,Nam,03/02/2005,03/02/2006,CB1,01/03/2023' >ve.csv
  [ "$("$dantin" import ve.csv --json | field 'r["files"][0]["new"]')" = 1 ]
  [ "$("$dantin" import ve.csv --json | field 'r["files"][0]["unchanged"]')" = 1 ]
  [ "$("$dantin" show member 0512 --json | field 'r["lists"]["branch"][0]["from"]')" = 2023-03-01 ]
  [ "$("$dantin" show member "$left" --json | field 'r["lists"]["branch"][0]["to"]')" = 2015-06-01 ]
}

@test "what is wrong with a put is told value by value, and nothing is written" {
  cell
  run --separate-stderr "$dantin" put member file_number=0512 'name=Nguyễn Văn Đạt' birth_date=31/2/1980
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"Nothing was written"* ]]
  [[ "$stderr" == *"Birth date: "* ]]
  run --separate-stderr "$dantin" put member nonsense=1
  [ "$status" -eq 2 ]
  [[ "$stderr" == *nonsense* ]]
  run "$dantin" put member 'no assignment'
  [ "$status" -eq 2 ]
  run "$dantin" put nonsense name=x
  [ "$status" -eq 2 ]
  [ "$("$dantin" list member --json | field 'len(r["records"])')" = 0 ]
}

@test "list tells the kinds, or the records of one, by words and up to a limit" {
  cell
  member
  [ "$("$dantin" list --json | field '[kind["records"] for kind in r["kinds"] if kind["kind"] == "member"]')" = "[1]" ]
  run "$dantin" list member --match 'NGUYEN dat'
  [[ "$output" == *0512* ]]
  run "$dantin" list member --match 'tran'
  [[ "$output" == *"No record."* ]]
  [ "$("$dantin" list branch --limit 3 --json | field '(len(r["records"]), r["has_more"])')" = "(3, True)" ]
  [ "$("$dantin" list branch --match 'thon mot' --json | field '(r["records"][0]["fields"]["parent"], r["has_more"])')" = \
    "('522', False)" ]
  run "$dantin" list member --limit 0
  [ "$status" -eq 2 ]
  # Nothing sensitive is in a list.
  [[ "$("$dantin" list member --json)" != *religion* ]]
}

@test "remove wants a reason and leaves what others refer to, and the province's" {
  cell
  member
  run "$dantin" remove member 0512
  [ "$status" -eq 2 ]
  run --separate-stderr "$dantin" remove branch CB1 --reason mistake
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"Other records still name it"* ]]
  run --separate-stderr "$dantin" remove branch 522 --reason mistake
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"province"* ]]
  "$dantin" remove member 0512 --reason mistake
  run --separate-stderr "$dantin" show member 0512
  [ "$status" -eq 1 ]
  "$dantin" remove branch CB1 --reason mistake
  [ "$("$dantin" list branch --match 'thon mot' --json | field 'len(r["records"])')" = 0 ]
  [ "$("$dantin" status --json | field 'r["open_changes"]')" = 0 ]
}

@test "a file of one row per event adds to the members' lists and says so" {
  cell
  member
  printf '%s\n' 'Số lý lịch,Biến động,Hiệu lực từ ngày,Số quyết định,Ngày quyết định,Cấp quyết định,event_detail' \
    '0512,Kỷ luật,05/06/2021,02-QĐ,01/06/2021,Huyện uỷ,Khiển trách' \
    '0513,Kỷ luật,05/06/2021,02-QĐ,01/06/2021,Huyện uỷ,Khiển trách' >su-kien.csv
  run "$dantin" import su-kien.csv --lang vi
  [ "$status" -eq 3 ]
  [[ "$output" == *"Mỗi hàng thêm vào danh sách"*"Biến động"* ]]
  grep -q '^0513.*không tìm thấy bản ghi' su-kien.loi.csv
  [ "$("$dantin" import su-kien.csv --json | field '(r["files"][0]["list"], r["files"][0]["unchanged"])')" = "('event', 1)" ]
  run "$dantin" import --complete su-kien.csv
  [ "$status" -eq 2 ]
  [ "$("$dantin" show member 0512 --json | field 'len(r["lists"]["event"])')" = 1 ]
}
