#!/usr/bin/env bats
# The journal of a serving province: exported and checked by who does not trust the server, and rebuilt beside the live tables. What a
# PostgreSQL superuser does to it is named. One province for the file; each test puts back what it spoiled.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 40
  client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client first submit
  client first import "$WORK/members.csv" # nothing new
  client first submit
  enrol second --sender 524 --role clerk
  sheet_branches "$WORK/second.csv" 524
  client second import --first-load "$WORK/second.csv"
  client second submit
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

replay() { "$DANTIND" audit replay --data "$DATA" --lang en 3>&-; }

# spoiled SQL SENTENCE UNDO: after the superuser's SQL the replay fails with that sentence; then it is undone and all is the same.
spoiled() {
  sql "$1"
  run --separate-stderr replay
  echo "$stderr"
  sql "$3"
  [ "$status" = 1 ]
  [[ $stderr == *"$2"* ]]
  run --separate-stderr replay
  [ "$status" = 0 ]
}

@test "the tables are what the journal makes of them" {
  run --separate-stderr replay
  echo "$output" "$stderr"
  [ "$status" = 0 ]
  [[ $output == *" entries, "*" versions; "*" rows: all the same" ]]
  [ -z "$(sql "select datname from pg_database where datname = 'dantin_replay'")" ]
}

@test "a member's row changed by a superuser is named" {
  local id
  id=$(sql "select id from dantin.member order by name limit 1")
  spoiled "update dantin.member set sex = 'x' where id = '$id'" "table member, record $id: it differs from the journal in column sex" \
    "update dantin.member m set sex = v.sex from dantin.member_version v where v.id = m.id and v.until is null and m.id = '$id'"
}

@test "a row deleted, a row slipped in, a version touched: each is named" {
  local id
  id=$(sql "select id from dantin.member order by id limit 1")
  spoiled "create table public.kept as select * from dantin.member where id = '$id'; delete from dantin.member where id = '$id'" \
    "table member, record $id: the row the journal makes is not there" \
    "insert into dantin.member select * from public.kept; drop table public.kept"
  spoiled "create table public.kept as select * from dantin.member where id = '$id'; update public.kept set id = '00000000-0000-0000-0000-000000000001';
    insert into dantin.member select * from public.kept" \
    "table member, record 00000000-0000-0000-0000-000000000001: there is a row the journal does not make" \
    "delete from dantin.member where id = '00000000-0000-0000-0000-000000000001'; drop table public.kept"
  spoiled "update dantin.member_version set until = 3 where id = '$id'" "table member_version, record $id / " \
    "update dantin.member_version set until = null where id = '$id'"
}

@test "a sealed number given to another record is named, though nobody but the server can read it" {
  local id
  id=$(sql "select id from dantin.member order by id limit 1")
  spoiled "update dantin.member m set file_number = (select file_number from dantin.member o where o.id <> m.id limit 1) where id = '$id'" \
    "table member, record $id: it differs from the journal in column file_number" \
    "update dantin.member m set file_number = v.file_number from dantin.member_version v where v.id = m.id and v.until is null and m.id = '$id'"
}

@test "a payload that does not hold what its verdicts say is named by its position" {
  spoiled "create table public.kept as select position, payload from dantin.journal where position = 1;
    update dantin.journal set payload = '\\x00' where position = 1" \
    "entry 1 of the journal does not hold what its verdicts tell of" \
    "update dantin.journal j set payload = k.payload from public.kept k where j.position = k.position; drop table public.kept"
}
