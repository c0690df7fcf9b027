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

# exported: a fresh export of the journal, in $EXPORT.
exported() {
  EXPORT=$WORK/export
  rm -rf "$EXPORT"
  "$DANTIND" journal export "$EXPORT" --data "$DATA" --lang en 3>&- "$@"
}

# The log's first key.
log_key() { sql "select encode(k.public_key, 'hex') from dantin.device d join dantin.device_key k on k.device = d.id and k.from_sequence = 1 where d.role = 'log'"; }
verify() { "$DANTIN_BINARY_DIR/dantin-verify" "$EXPORT" --log-key "$(log_key)" --lang en; }

# betrayed SQL SENTENCE: after the superuser's SQL on the journal an export of it is wrong, in these words; then it is put back.
betrayed() {
  sql "create table public.kept as select * from dantin.journal; create table public.kept_head as select * from dantin.journal_head"
  sql "$1"
  exported
  run --separate-stderr verify
  sql "delete from dantin.journal; insert into dantin.journal select * from public.kept; drop table public.kept;
    update dantin.journal_head set position = (select position from public.kept_head); drop table public.kept_head"
  echo "$stderr"
  [ "$status" = 1 ]
  [[ $stderr == "WRONG: $2"* ]]
}

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

@test "the exported journal is right: by our verifier, and by one of another language" {
  exported
  run verify
  echo "$output"
  [ "$status" = 0 ]
  [[ $output == *"RIGHT: "* && $output == *"3  devices"* && $output != *"0  acts"* ]]
  [[ $output == *"vouches for size "* && ! $output =~ \ 0\ \ cosignatures ]]
  run node "$DANTIN_SOURCE_DIR/tests/foreign/journal.mjs" export "$EXPORT" "$(log_key)"
  echo "$output"
  [[ $output == "right: "*" entries, "*" checkpoints, "* ]]
}

@test "without payloads the proofs are right all the same, and nothing of what was submitted is in it" {
  exported --without-payloads
  run verify
  echo "$output"
  [ "$status" = 0 ]
  [[ $output == *"the state of the records was not counted again"* ]]
  run find "$EXPORT/payloads" -type f -size +4k
  [ -z "$output" ]
}

@test "a receipt that a clerk keeps is right by foreign eyes, and the journal holds what it vouches for" {
  client first receipt show 1 >"$WORK/kept.tlog-proof"
  run node "$DANTIN_SOURCE_DIR/tests/foreign/journal.mjs" receipt "$WORK/kept.tlog-proof" "$(log_key)"
  echo "$output"
  [[ $output == "right: position "*", sequence 1, "* ]]
  exported
  run "$DANTIN_BINARY_DIR/dantin-verify" "$EXPORT" --log-key "$(log_key)" --receipt "$WORK/kept.tlog-proof" --lang en
  echo "$output"
  [ "$status" = 0 ]
  [[ $output == *" 1  receipts"* ]]
}

@test "another log's key is refused" {
  exported
  run --separate-stderr "$DANTIN_BINARY_DIR/dantin-verify" "$EXPORT" --log-key "$(printf '11%.0s' {1..32})" --lang en
  [ "$status" = 1 ]
  [[ $stderr == "WRONG: the log key is not the one known"* ]]
}

@test "what a superuser does to the journal is named by its position" {
  local entry="position = 3" last
  betrayed "update dantin.journal set server_time_ms = server_time_ms + 1 where $entry" \
    "entry 3: its bytes do not give the hash that stands in the tree"
  betrayed "update dantin.journal set verdicts = '\\x00000000' || '\\x0300'::bytea || decode(repeat('00', 16), 'hex') where $entry" \
    "entry 3: its bytes do not give the hash that stands in the tree"
  betrayed "update dantin.journal set signature = (select signature from dantin.journal where position = 1) where $entry" \
    "entry 3: its bytes do not give the hash that stands in the tree"
  betrayed "update dantin.journal set envelope = set_byte(envelope, 40, get_byte(envelope, 40) # 1) where $entry" \
    "entry 3: its bytes do not give the hash that stands in the tree"
  betrayed "update dantin.journal set payload = set_byte(payload, 40, get_byte(payload, 40) # 1) where $entry" \
    "entry 3: its payload cannot be read"
  betrayed "update dantin.journal set leaf = sha256(leaf) where $entry" "entry 3: its bytes do not give the hash"
  betrayed "delete from dantin.journal where $entry" "entry 3: it is not in the journal any more"
  last=$(sql "select max(position) from dantin.journal")
  betrayed "delete from dantin.journal where position = $last; update dantin.journal_head set position = $last" \
    "entry $last: the journal lacks entries that checkpoint $((last + 1)) vouches for"
  exported
  verify >/dev/null
}

@test "an entry changed together with its hash is named by the group that was signed" {
  betrayed "update dantin.journal set server_time_ms = server_time_ms + 1,
    leaf = sha256('\\x00'::bytea || envelope || signature || int8send(server_time_ms + 1) || sha256(decode(repeat('0000', change_count), 'hex')))
    where position = 3" "entry 3: the entries 3–3 do not give the root that was signed"
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

@test "who may speak is what the journal enrolled: a device slipped in, raised, revived, an operator of nobody's making" {
  local device shadow key
  shadow="\\x$(printf 'ab%.0s' {1..32})"
  key="\\x$(printf 'cd%.0s' {1..32})"
  device=$(sql "select encode(id, 'hex') from dantin.device where role = 'clerk' order by id limit 1")
  spoiled "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)
      select '$shadow', '$shadow', '$key', sender, 'clerk', false from dantin.device where id = '\\x$device'" \
    "table device, record $(printf 'ab%.0s' {1..32}): there is a row the journal does not make" \
    "delete from dantin.device where id = '$shadow'"
  spoiled "update dantin.device set role = 'administrator', is_province = true where id = '\\x$device'" \
    "table device, record $device: it differs from the journal in column role" \
    "update dantin.device set role = 'clerk', is_province = false where id = '\\x$device'"
  spoiled "update dantin.device set may_see_exact = true where id = '\\x$device'" \
    "table device, record $device: it differs from the journal in column may_see_exact" \
    "update dantin.device set may_see_exact = false where id = '\\x$device'"
  spoiled "insert into dantin.device_key (device, from_sequence, public_key) values ('\\x$device', 999, '$key')" \
    "table device, record $device: it differs from the journal in column device_key" \
    "delete from dantin.device_key where from_sequence = 999"
  spoiled "insert into dantin.operator (name, public_key) values ('nobody', '$key')" \
    "table operator, record nobody: there is a row the journal does not make" "delete from dantin.operator where name = 'nobody'"
}

@test "so are the ends of chains, quarantines, the witnesses and the log's own row" {
  local device log key was
  key="\\x$(printf 'cd%.0s' {1..32})"
  "$DANTIND" witnesses 522,524 --data "$DATA" 3>&- >/dev/null
  "$DANTIND" key rotate --receipt --data "$DATA" 3>&- >/dev/null
  device=$(sql "select encode(id, 'hex') from dantin.device where role = 'clerk' order by id limit 1")
  log=$(sql "select encode(id, 'hex') from dantin.device where role = 'log'")
  other() { echo "table device, record $1: it differs from the journal in column $2"; }

  spoiled "update dantin.device set last_sequence = last_sequence - 1 where id = '\\x$device'" "$(other "$device" last_sequence)" \
    "update dantin.device set last_sequence = last_sequence + 1 where id = '\\x$device'"
  was=$(sql "select encode(last_envelope_hash, 'hex') from dantin.device where id = '\\x$device'")
  spoiled "update dantin.device set last_envelope_hash = '$key' where id = '\\x$device'" "$(other "$device" last_envelope_hash)" \
    "update dantin.device set last_envelope_hash = '\\x$was' where id = '\\x$device'"
  spoiled "update dantin.device set last_sequence = last_sequence + 1 where id = '\\x$log'" "$(other "$log" last_sequence)" \
    "update dantin.device set last_sequence = last_sequence - 1 where id = '\\x$log'"

  # A quarantine nobody noticed, one lifted without an act, and one that was noticed and ended by an act.
  spoiled "update dantin.device set is_quarantined = true where id = '\\x$device'" "$(other "$device" is_quarantined)" \
    "update dantin.device set is_quarantined = false where id = '\\x$device'"
  sql "update dantin.device set is_quarantined = true where id = '\\x$device';
    insert into dantin.quarantine (device, position) select '\\x$device', position from dantin.journal_head"
  spoiled "update dantin.device set is_quarantined = false where id = '\\x$device'" "$(other "$device" is_quarantined)" \
    "update dantin.device set is_quarantined = true where id = '\\x$device'"
  "$DANTIND" device release "$device" --data "$DATA" 3>&- >/dev/null
  replay

  # The log's row: another key, one slipped in behind it, another first one, another role.
  spoiled "update dantin.device set public_key = '$key' where id = '\\x$log'" "$(other "$log" public_key)" \
    "update dantin.device d set public_key = (select public_key from dantin.device_key where device = d.id order by from_sequence desc limit 1) where id = '\\x$log'"
  spoiled "insert into dantin.device_key (device, from_sequence, public_key) values ('\\x$log', 9999, '$key')" "$(other "$log" device_key)" \
    "delete from dantin.device_key where from_sequence = 9999"
  was=$(sql "select encode(public_key, 'hex') from dantin.device_key where device = '\\x$log' and from_sequence = 1")
  spoiled "update dantin.device_key set public_key = '$key' where device = '\\x$log' and from_sequence = 1" "$(other "$log" device_key)" \
    "update dantin.device_key set public_key = '\\x$was' where device = '\\x$log' and from_sequence = 1"
  spoiled "update dantin.device set role = 'administrator' where id = '\\x$log'" "$(other "$log" role)" \
    "update dantin.device set role = 'log' where id = '\\x$log'"

  # Who counts as a witness.
  was=$(sql "select max(position) from dantin.witness_set")
  spoiled "update dantin.witness_set set senders = senders[1:1] where position = $was" \
    "table witness_set, record $was: it differs from the journal in column senders" \
    "update dantin.witness_set set senders = array(select b.id from unnest(array['522', '524']) with ordinality u (code, n)
       join dantin.branch b using (code) order by n) where position = $was"
  spoiled "insert into dantin.witness_set (position, senders) select position, '{}' from dantin.journal_head" \
    "table witness_set, record $(sql "select position from dantin.journal_head"): there is a row the journal does not make" \
    "delete from dantin.witness_set where position = (select position from dantin.journal_head)"
  spoiled "create table public.kept as select * from dantin.witness_set; delete from dantin.witness_set" \
    "table witness_set, record $was: the row the journal makes is not there" \
    "insert into dantin.witness_set select * from public.kept; drop table public.kept"
  "$DANTIND" witnesses all --data "$DATA" 3>&- >/dev/null
}

@test "a payload that does not hold what its verdicts say is named by its position" {
  spoiled "create table public.kept as select position, payload from dantin.journal where position = 1;
    update dantin.journal set payload = '\\x00' where position = 1" \
    "entry 1 of the journal does not hold what its verdicts tell of" \
    "update dantin.journal j set payload = k.payload from public.kept k where j.position = k.position; drop table public.kept"
}

# Anybody with a device can fill an entry with what is not theirs to do. It stands there, refused, and troubles no check.
@test "acts and keys that a clerk submits are refused, and the checks go on" {
  enrol meddler --sender 524 --role clerk
  local content
  for content in 4 3; do
    run --separate-stderr second_client meddler --cell "$(printf '00%.0s' {1..16})" --count 1 --content "$content"
    echo "$stderr"
    [[ $stderr == *"not applied"* ]]
  done
  [ "$(sql "select count(*) from dantin.journal j join dantin.device d on d.id = j.device where content in (3, 4) and role = 'clerk'")" = 2 ]
  run --separate-stderr replay
  echo "$output" "$stderr"
  [ "$status" = 0 ]
  exported
  run verify
  echo "$output"
  [ "$status" = 0 ]
}

# Last: the server goes on under another epoch.
@test "a new epoch goes on from where the journal stands" {
  run "$DANTIND" epoch new --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" = 0 ]
  sheet_members "$WORK/more.csv" 100 5
  client first import --first-load "$WORK/more.csv"
  client first submit
  exported
  run verify
  echo "$output"
  [ "$status" = 0 ]
  run --separate-stderr replay
  echo "$output" "$stderr"
  [ "$status" = 0 ]
}
