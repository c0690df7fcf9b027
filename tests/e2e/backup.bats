#!/usr/bin/env bats
# Backup beside a running server, restore into an empty folder, and what the clients do then.
# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0
load ../lib/province

operator() { "$DANTIND" "$@" --lang en; }
# key_print NAME: what the log of reads calls a recipient.
key_print() { openssl pkey -pubin -in "$WORK/$1.pub" -outform DER | tail -c 32 | sha256sum | cut -c 1-16; }

setup_file() {
  province_start
  operator key recipient "$WORK/officer" >/dev/null
  operator key recipient "$WORK/deputy" >/dev/null
  operator key recipient "$WORK/stranger" >/dev/null
  printf 'mật khẩu của cán bộ\n' >"$WORK/operator"
  chmod 644 "$WORK/operator"
  operator operator add an --passphrase-file "$WORK/operator" --data "$DATA" >/dev/null
  enrol clerk --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 20
  client clerk import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client clerk submit
}

teardown_file() { province_stop; }

@test "a backup restored elsewhere serves on: rows, tree and keys as they were, a new epoch, what it lacked offered again" {
  local old=$DATA size
  run --separate-stderr operator backup "$WORK/one.backup" --to "$WORK/officer.pub,$WORK/deputy.pub" --data "$DATA"
  echo "$output$stderr"
  [ "$status" -eq 0 ]
  [ "$(stat -c %a "$WORK/one.backup")" = 600 ]
  # It is a look at everything, noted and chained before anything left: when, sealed to whom, how much.
  operator audit list --data "$DATA" | grep -q "  operator  backup database .*persons=[1-9]"
  operator audit list --data "$DATA" | grep ' backup database ' | grep -q "$(key_print officer),$(key_print deputy)"
  operator audit check --data "$DATA" | grep -q ' 0 looks not yet chained'
  # Nothing of it is readable: not a name, not a key, not the dump.
  run ! grep -a -q 'Nguyễn\|PRIVATE KEY\|PGDMP\|dantin\.' "$WORK/one.backup"

  # Work that the backup does not have.
  sheet_members "$WORK/more.csv" 101 5
  client clerk import --first-load "$WORK/more.csv"
  client clerk submit
  [ "$(sql 'select count(*) from dantin.member')" = 25 ]
  province_halt

  DATA=$WORK/again
  run --separate-stderr operator restore "$WORK/one.backup" --identity "$WORK/deputy" --data "$DATA"
  echo "$output$stderr"
  [ "$status" -eq 0 ]
  [[ "$output" == *"Restored and checked"* ]]
  [ ! -e "$DATA/restore.unfinished" ]
  for size in receipt.key master.key server.key ca/ca.key operators/an.key; do
    cmp "$old/$size" "$DATA/$size"
    [ "$(stat -c %a "$DATA/$size")" = 600 ]
  done
  # An operator goes on with the key he had.
  operator ticket create --province --role administrator --operator an --passphrase-file "$WORK/operator" \
    --address localhost:1 --data "$DATA" | grep -q '^[0-9A-Z]\{5\}-'
  province_serve
  [ "$(sql 'select count(*) from dantin.member')" = 20 ]
  [ "$(sql 'select is_refilling from dantin.journal_head')" = t ]
  [ "$(sql "select count(*) from dantin.look where what = 'backup'")" = 1 ] # its own
  # The clerk's PC offers again what the backup lacked, and the numbers are still found.
  run client clerk submit
  echo "$output"
  wait_until test "$(sql 'select count(*) from dantin.member')" = 25
  [ "$(sql 'select count(*) from dantin.member')" = 25 ]
  province_halt
  rm -rf "$DATA"
  DATA=$old
  province_serve
}

# Whoever has a recipient's public key can seal a file to it, and what is in it would run in the database: only the server has its log key.
@test "a backup of another server is not restored when the log key is told" {
  local key other=$WORK/impostor
  operator backup "$WORK/ours.backup" --to "$WORK/officer.pub" --data "$DATA" >"$WORK/said"
  key=$(sed -n 's/^Log key: //p' "$WORK/said")
  [ "${#key}" -eq 64 ]
  operator ca init --data "$other" --names 127.0.0.1 >/dev/null 2>&1
  operator migrate --data "$other" >/dev/null
  operator key rotate --data "$other" >/dev/null
  operator backup "$WORK/theirs.backup" --to "$WORK/officer.pub" --data "$other" >/dev/null
  run operator restore "$WORK/theirs.backup" --identity "$WORK/officer" --data "$WORK/taken_in" --log-key "$key"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"is another server's"* ]]
  [ ! -e "$WORK/taken_in/pg" ] && [ ! -e "$WORK/taken_in/receipt.key" ]
  run operator restore "$WORK/ours.backup" --identity "$WORK/officer" --data "$WORK/taken_in" --log-key "$key"
  echo "$output"
  [ "$status" -eq 0 ]
  rm -rf "$WORK/taken_in" "$other"
}

@test "a backup opens for its recipients only, and not when it was cut or changed" {
  operator backup "$WORK/two.backup" --to "$WORK/officer.pub" --data "$DATA"
  run operator restore "$WORK/two.backup" --identity "$WORK/stranger" --data "$WORK/other"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"is not sealed to this key"* ]]
  run operator restore "$WORK/two.backup" --identity "$WORK/officer" --data "$DATA"
  [ "$status" -eq 1 ]
  [[ "$output" == *"is not empty"* ]]

  head -c -1000 "$WORK/two.backup" >"$WORK/cut.backup"
  run operator restore "$WORK/cut.backup" --identity "$WORK/officer" --data "$WORK/cut"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"cut or changed"* ]]
  # Half a restore is not served.
  [ -e "$WORK/cut/restore.unfinished" ]
  run operator serve --data "$WORK/cut" --listen 127.0.0.1:0
  [ "$status" -eq 3 ]
  [[ "$output" == *"was not finished"* ]]
}

@test "what a superuser changed in the journal is found when its backup is restored" {
  local position=2
  sql "update dantin.journal set server_time_ms = server_time_ms + 1 where position = $position"
  operator backup "$WORK/three.backup" --to "$WORK/officer.pub" --data "$DATA"
  sql "update dantin.journal set server_time_ms = server_time_ms - 1 where position = $position"
  run operator restore "$WORK/three.backup" --identity "$WORK/officer" --data "$WORK/three"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"at position $position"* ]]
}

@test "keys are rotated beside the running server, and a restored backup still opens" {
  run operator key rotate --master --data "$DATA"
  echo "$output"
  [ "$status" -eq 0 ]
  [ ! -e "$DATA/master.key.new" ]
  # Somebody who has not seen the journal's other life.
  enrol late --sender 524 --role clerk
  sheet_branches "$WORK/late.csv" 524
  sheet_members "$WORK/later.csv" 201 3
  client late import --first-load "$WORK/late.csv" "$WORK/later.csv"
  client late submit
  operator backup - --to "$WORK/officer.pub" --data "$DATA" | operator restore - --identity "$WORK/officer" --data "$WORK/piped"
}

@test "a backup goes into a database named elsewhere, when it is empty" {
  local socket port
  socket=$(sed -n 5p "$DATA/pg/postmaster.pid")
  port=$(sed -n 4p "$DATA/pg/postmaster.pid")
  sql 'create database elsewhere owner dantin_owner template template0'
  printf 'database = host=%s port=%s dbname=elsewhere\n' "$socket" "$port" >"$WORK/elsewhere.ini"
  chmod 644 "$WORK/elsewhere.ini"
  operator backup "$WORK/four.backup" --to "$WORK/officer.pub" --data "$DATA"
  run operator restore "$WORK/four.backup" --identity "$WORK/officer" --data "$WORK/named" --config "$WORK/elsewhere.ini"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"Restored and checked"* ]]
  run operator restore "$WORK/four.backup" --identity "$WORK/officer" --data "$WORK/named-again" --config "$WORK/elsewhere.ini"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"already holds data"* ]]
  # From there a backup is made as well.
  operator backup "$WORK/five.backup" --to "$WORK/officer.pub" --data "$WORK/named" --config "$WORK/elsewhere.ini"
}
