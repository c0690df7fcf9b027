#!/usr/bin/env bats
# What needs a second person, from the clerk's sheet to the province's total: two persons at one PC and a third at another.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
  load ../lib/province
  province_start
  enrol clerk --sender 522 --role clerk
  enrol second --sender 522 --role approver
  enrol stranger --sender 524 --role approver
  enrol viewer --sender 522 --role viewer
  sheet_branches "$WORK/branches.csv" 522
  client clerk import --first-load "$WORK/branches.csv"
  client clerk submit
  ballots 01/BB 02/BB 03/BB >"$WORK/ballots.csv"
  client clerk import "$WORK/ballots.csv" >"$WORK/import.log"
  client clerk submit
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

# ballots MINUTES…: sheets of the cell's congress, one a round.
ballots() {
  local round=0 number
  echo 'Chi bộ,Ngày đại hội,Bầu chức danh,Lần bầu,Số lượng cần bầu,Tổng số đảng viên chính thức,Số đảng viên chính thức có mặt,Số phiếu phát ra,Số phiếu thu về,Số phiếu hợp lệ,Số phiếu không hợp lệ,Số biên bản,Họ và tên người ứng cử,Số phiếu đồng ý,Trúng cử'
  for number in "$@"; do
    round=$((round + 1))
    echo "CB1,0$round/12/2022,Bí thư,1,1,8,8,8,8,8,0,$number,Hồ Văn Rê,7,có"
  done
}

# How many sheets the province counts.
counted_ballots() { sql 'select count(*) from dantin.congress_ballot'; }

@test "the import says that a second person is needed" {
  grep -q "needs a second person" "$WORK/import.log"
}

@test "what waits is no version, the clerk is told so, and the second person sees it" {
  [ "$(counted_ballots)" = 0 ]
  [ "$(client clerk status --json | field 'r["waiting"]')" = 3 ]
  run client second waiting --json
  [ "$status" -eq 0 ]
  [ "$(field 'len(r["waiting"]), r["waiting"][0]["kind"], r["waiting"][0]["is_own"]' <<<"$output")" = "3 congress_ballot False" ]
  [ "$(client clerk waiting --json | field 'r["waiting"][0]["is_own"]')" = True ]
  # Contents were given: each time a line of the log of reads, with the records by pseudonym.
  [ "$(sql "select count(*) >= 2 and bool_and(persons > 0 and subjects is not null) from dantin.look where what = 'waiting'")" = t ]
  run client second waiting
  [[ "$output" == *"Congress tally sheet"* ]]
}

@test "nobody approves their own, another sender sees nothing, a viewer may not ask" {
  local id
  id=$(client clerk waiting --json | field 'r["waiting"][0]["id"]')
  run --separate-stderr client clerk approve "$id"
  [ "$status" -ne 0 ]
  [[ "$stderr" == *"second person"* ]]
  [ "$(client stranger waiting --json | field 'len(r["waiting"])')" = 0 ]
  run --separate-stderr client viewer waiting
  [ "$status" -ne 0 ]
  [ "$(counted_ballots)" = 0 ]
}

@test "approved by what was shown, a sheet counts from there and the clerk hears of it" {
  local id
  id=$(client second waiting --json | field 'r["waiting"][0]["id"]')
  run client second approve "${id:0:8}"
  [ "$status" -eq 0 ]
  [[ "$output" == *"01/BB"* ]]
  [[ "$output" == *"Hồ Văn Rê"* ]]
  [ "$(counted_ballots)" = 0 ] # sealed, not yet sent
  client second submit
  [ "$(counted_ballots)" = 1 ]
  [ "$(client second waiting --json | field 'len(r["waiting"])')" = 2 ]
  [ "$(client clerk submit --json | field 'r["approved_now"], r["lost_now"], r["waiting_in_all"]')" = "1 0 2" ]
  [ "$(client clerk status --json | field 'r["waiting"]')" = 2 ]
}

@test "the Board sees how many of a committee wait for a second person" {
  local rows
  rows=$(client clerk report submission_status --csv)
  [[ "$rows" == *",Waiting for a second person"* ]]
  [ "$(grep ',522,' <<<"$rows" | tr -d '\r' | sed 's/.*,//')" = 2 ]
}

@test "turned down with a reason, it is the clerk's to mend; the mended one waits again" {
  local id
  id=$(client second waiting --json | field 'r["waiting"][0]["id"]')
  run --separate-stderr client second reject "$id"
  [ "$status" -eq 2 ] # no reason
  client second reject "$id" --reason "sai số biên bản"
  client second submit
  [ "$(counted_ballots)" = 1 ]
  run client clerk submit
  [ "$status" -eq 3 ]
  [[ "$output" == *"1 turned down"* ]]
  [ "$(client clerk status --json | field 'r["refused_open"]')" = 1 ]
  ballots 01/BB 02b/BB 03/BB >"$WORK/mended.csv"
  client clerk import "$WORK/mended.csv"
  client clerk submit
  [ "$(client second waiting --json | field 'len(r["waiting"])')" = 2 ]
}

@test "a second person at the same PC approves everything that waits" {
  {
    client clerk person add lan --kdf-cost for-tests --new-passphrase-file "$WORK/passphrase" --csr "$WORK/lan.csr"
    "$DANTIND" device sign "$WORK/lan.csr" --data "$DATA" --sender 522 --role approver >"$WORK/lan.crt"
    client clerk --person lan install "$WORK/lan.crt" "$DATA/ca/ca.crt"
  } >>"$WORK/setup.log" 2>&1 3>&-
  run client clerk --person lan approve --all
  echo "$output"
  [ "$status" -eq 0 ]
  client clerk --person lan submit
  [ "$(counted_ballots)" = 3 ]
  [ "$(sql "select string_agg(minutes_number, ' ' order by minutes_number) from dantin.congress_ballot")" = "01/BB 02b/BB 03/BB" ]
  client clerk --person main submit
  [ "$(client clerk --person main status --json | field 'r["waiting"], r["refused_open"]')" = "0 0" ]
}
