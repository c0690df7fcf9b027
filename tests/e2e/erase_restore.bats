#!/usr/bin/env bats
# An erasure outlives the database: what was erased after a backup is erased again before the restored server answers anybody.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0
load ../lib/province

operator() { "$DANTIND" "$@" --data "$DATA" --lang en 3>&-; }

setup_file() {
  province_start
  enrol clerk --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 12
  client clerk import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client clerk submit
  "$DANTIND" key recipient "$WORK/officer" --lang en >/dev/null
  # One person the backup has.
  sql "select replace(id::text, '-', '') from dantin.member order by name limit 1" >"$WORK/person"
  sql "select name from dantin.member order by name limit 1" >"$WORK/name"
  operator backup "$WORK/old.backup" --to "$WORK/officer.pub"
  # Two copies of the disk: one of now, and one of the moment before the erasure is journalled.
  province_halt
  cp -a "$DATA" "$WORK/earlier"
  province_serve
  sheet_members "$WORK/more.csv" 101 2
  client clerk import --first-load "$WORK/more.csv"
  client clerk submit
  province_halt
  cp -a "$DATA" "$WORK/before"
  province_serve
}

teardown_file() { province_stop; }

person() { cat "$WORK/person"; }
named() { sql "select count(*) from dantin.member_version where id = '$(person)' and (name is not null or card_number is not null)"; }
log_key() { openssl pkey -in "$DATA/receipt.key" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }

@test "the list holds the decision and nothing of the person" {
  [ ! -e "$DATA/erasures" ]
  run operator erase "$(person)" --decision "12-QĐ/TU ngày 24/11/2026"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"Copy $DATA/erasures to another place"* ]]
  [ "$(stat -c %a "$DATA/erasures")" = 600 ]
  [ "$(wc -l <"$DATA/erasures")" = 1 ]
  cut -d' ' -f1 "$DATA/erasures" | base64 -d >"$WORK/listed"
  grep -a -q "12-QĐ/TU" "$WORK/listed"
  run ! grep -a -q "$(cat "$WORK/name")" "$WORK/listed"
  cp "$DATA/erasures" "$WORK/erasures"
}

@test "a list that was changed stops the start" {
  province_halt
  sed -i 's/^./x/' "$DATA/erasures"
  run operator serve --listen 127.0.0.1:0
  echo "$output"
  [ "$status" -ne 0 ]
  [[ "$output" == *"line 1 was not written by this server"* ]]
  cp "$WORK/erasures" "$DATA/erasures"
  province_serve
}

@test "the power failed between the list and the journal: the next start journals it and carries it out" {
  province_halt
  mv "$DATA" "$WORK/good"
  mv "$WORK/before" "$DATA"
  cp "$WORK/erasures" "$DATA/erasures"
  province_serve
  grep -q "event=erasures_issued count=1" "$WORK/serve.log"
  [ "$(named)" = 0 ]
  [ "$(sql 'select count(*) from dantin.erasure where is_done')" = 1 ]
  province_halt
  rm -rf "$DATA"
}

@test "a disk put back from an older copy is not served before a new epoch, which erases again" {
  mv "$WORK/earlier" "$DATA"
  cp "$WORK/erasures" "$DATA/erasures"
  run operator serve --listen 127.0.0.1:0
  echo "$output"
  [ "$status" -ne 0 ]
  [[ "$output" == *"run dantind epoch new before serving"* ]]
  run operator epoch new
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 erasures that the journal had lost were issued again"* ]]
  province_serve
  [ "$(named)" = 0 ]
  province_halt
  rm -rf "$DATA"
}

@test "erased, then restored from an older backup: blank before the first question, every proof holds" {
  DATA=$WORK/again
  run "$DANTIND" restore "$WORK/old.backup" --identity "$WORK/officer" --erasures "$WORK/erasures" --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 erasures that the journal had lost were issued again"* ]]
  province_serve
  [ "$(named)" = 0 ]
  [ "$(sql "select count(*) from dantin.member where id = '$(person)'")" = 1 ]
  [ "$(sql 'select count(*) from dantin.member')" = 12 ]
  run operator audit replay
  echo "$output"
  [ "$status" -eq 0 ]
  run client clerk submit
  echo "$output"
  [ "$status" -eq 0 ]
  operator epoch close
  [ "$(named)" = 0 ]
  operator journal export "$WORK/export" --purpose test
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$(log_key)" --lang en
  echo "$output"
  [ "$status" -eq 0 ]
}
