#!/usr/bin/env bats
# The log of reads as the auditor has it: who looked at whom, and whether the log is what it was. One province for the file; the tests
# build on each other.

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 5
  client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client first submit
  client province report composition --purpose "monthly report"
  client province trace composition --unit 522 --purpose "complaint 7/2026" --json >"$WORK/trace.json"
  client first report composition
  wait_until sealed
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

audit() { "$DANTIND" audit "$@" --data "$DATA" --lang en; }
sealed() { audit check 2>/dev/null | grep -q ' 0 looks not yet chained'; }

@test "the log says who asked for what, what for, and about how many" {
  audit list >"$WORK/list"
  [ "$(wc -l <"$WORK/list")" -eq 3 ]
  grep -q 'administrator  figures composition .* persons=0 purpose="monthly report"$' "$WORK/list"
  grep -q 'administrator  trace composition .*unit=522 .*rows=5 persons=5 purpose="complaint 7/2026"$' "$WORK/list"
  grep -q '  522  clerk  figures composition ' "$WORK/list"
  [ "$(audit list --to 1/1/2020 | wc -l)" -eq 0 ]
  [ "$(audit list --from 1/1/2020 | wc -l)" -eq 3 ]
  device=$(sed -n 's/^.*  \([0-9a-f]*\)  522  clerk.*/\1/p' "$WORK/list")
  [ "$(audit list --device "$device" | wc -l)" -eq 1 ]
  run audit list --device xyz
  [ "$status" -eq 2 ]
}

@test "who looked at a person is found by the record, in a log that names no record" {
  record=$(field 'r["rows"][0]["record"]' <"$WORK/trace.json")
  audit subject "$record" >"$WORK/subject" 2>/dev/null
  [ "$(wc -l <"$WORK/subject")" -eq 1 ]
  grep -q 'trace composition .*match=listed' "$WORK/subject"
  [ "$(audit subject 00000000000000000000000000000000 2>/dev/null | wc -l)" -eq 0 ]
  audit export "$WORK/looks.csv"
  [ "$(stat -c %a "$WORK/looks.csv")" = 600 ]
  [ "$(wc -l <"$WORK/looks.csv")" -eq 4 ]
  run grep -c "$record" "$WORK/looks.csv"
  [ "$output" = 0 ]
  run audit export "$WORK/looks.csv" # never over what is there
  [ "$status" -ne 0 ]
}

# More persons than are listed one by one: a look at a unit above the record may have been at it, one at another unit was not.
@test "a look at too many persons to be listed is a possible one" {
  sql "insert into dantin.look (looked_at_ms, device, sender, role, is_province, what, purpose, definition, definition_hash, dimensions,
    unit, position, rows, persons, alarm) select looked_at_ms, device, sender, role, is_province, what, 'many', definition, definition_hash,
    dimensions, u.id, position, 2000, 2000, '' from dantin.look l cross join (select id from dantin.branch where code in ('51', '522', '523')
    and code_list is not null) u where what = 'trace'"
  record=$(field 'r["rows"][0]["record"]' <"$WORK/trace.json")
  audit subject "$record" >"$WORK/subject" 2>/dev/null
  [ "$(grep -c 'match=listed' "$WORK/subject")" -eq 1 ]
  [ "$(grep 'match=possible' "$WORK/subject" | sed 's/.*unit=\([0-9]*\).*/\1/' | sort | tr '\n' ' ')" = '51 522 ' ]
}

# The same over the wire: the auditor reads the log, a committee learns who looked at its own member, by the key it knows him by.
@test "a committee sees who looked at its member, the province's auditor all looks" {
  enrol auditor --province --role auditor
  client auditor report looks --csv >"$WORK/auditor.csv"
  grep -q 'complaint 7/2026' "$WORK/auditor.csv"
  run client first report looks
  [ "$status" -ne 0 ]
  client first list member --json >"$WORK/members.json"
  key=$(field 'r["records"][0]["key"]' <"$WORK/members.json")
  client first looked member "$key" --csv >"$WORK/looked.csv"
  grep -q 'administrator,records,composition,complaint 7/2026,certain' "$WORK/looked.csv"
  client first looked member "$(field 'r["records"][0]["id"]' <"$WORK/members.json")" --csv | grep -q 'complaint 7/2026'
  run client first looked branch 522
  [ "$status" -ne 0 ]
}

# A stolen PC: its committee's records whole, and what its device asked the server. Ids and names of fields, never a value.
@test "a breach report lists what a device could reach and what it read" {
  device=$(audit list | sed -n 's/^.*  \([0-9a-f]*\)  522  clerk.*/\1/p' | head -n 1)
  report() { "$DANTIND" breach-report "$@" --data "$DATA" --lang en; }
  report "$device" "$WORK/breach" >"$WORK/notice"
  diff "$WORK/notice" "$WORK/breach/notice.txt"
  [ "$(stat -c %a "$WORK/breach")" = 700 ]
  [ "$(stat -c %a "$WORK/breach"/* | sort -u)" = 600 ]
  [ "$(grep -c '^member,' "$WORK/breach/reachable.csv")" -eq 5 ]
  grep -q '^member,religion,.*,sensitive,"whole"' "$WORK/breach/fields.csv"
  grep -q 'of sender 522 (.*), role clerk, 1 submissions' "$WORK/notice"
  grep -q 'Party member: 5$' "$WORK/notice"
  grep -q 'within 72 hours' "$WORK/notice"
  grep -q ': [0-9]* looks by 1 devices; 0 records about persons' "$WORK/notice"
  run grep -rl -i "nguy" "$WORK/breach"
  [ "$output" = "" ]
  run report "$device" "$WORK/breach" # never over what is there
  [ "$status" -ne 0 ]
  run report 00000000 "$WORK/other"
  [ "$status" -ne 0 ]

  enrol eyes --province --role viewer
  client eyes trace composition --unit 522 --purpose look --json >"$WORK/eyes.json"
  device=$(audit list | sed -n 's/^.*  \([0-9a-f]*\)  51  viewer.*/\1/p')
  report "$device" "$WORK/eyes-report" >"$WORK/notice"
  grep -q '^member,name,.*,identifying,"no"' "$WORK/eyes-report/fields.csv"
  grep -q '^member,religion,.*,sensitive,"numbers, small ones hidden"' "$WORK/eyes-report/fields.csv"
  [ "$(grep -c '^member,' "$WORK/eyes-report/read.csv")" -eq 5 ]
  grep -q "^member,$(field 'r["rows"][0]["record"]' <"$WORK/eyes.json"),$device" "$WORK/eyes-report/read.csv"
}

@test "a breach report on the server itself lists what was read since a time" {
  "$DANTIND" breach-report "1/1/2020 17:30" "$WORK/since" --data "$DATA" --lang en >"$WORK/notice"
  grep -q 'the whole server, since 1/1/2020 17:30' "$WORK/notice"
  [ "$(grep -c '^member,' "$WORK/since/read.csv")" -eq 10 ] # five by each of two devices
  "$DANTIND" breach-report 1/1/2090 "$WORK/later" --data "$DATA" --lang vi >"$WORK/notice"
  [ "$(wc -l <"$WORK/later/read.csv")" -eq 1 ]
  grep -q '72 giờ' "$WORK/notice"
  run "$DANTIND" breach-report yesterday "$WORK/never" --data "$DATA"
  [ "$status" -eq 2 ]
  [ ! -e "$WORK/never" ]
}

# Thresholds are the operator's; who passes one is told of in the log, in the metrics and in the audit.
@test "reading unusually much raises an alarm" {
  province_halt
  printf 'look_hour_persons = 8\nlook_day_persons = 1000\n' >"$DATA/dantind.ini"
  province_serve
  [ "$(audit list --alarms | wc -l)" -eq 0 ]
  client eyes trace composition --unit 522 --purpose again # five more, after five
  client eyes trace composition --unit 522 --purpose "and again"
  audit list --alarms >"$WORK/alarms"
  [ "$(wc -l <"$WORK/alarms")" -eq 1 ]
  grep -q 'alarm=hour purpose="again"' "$WORK/alarms"
  grep -q 'level=warn event=read_volume device=[0-9a-f]* unusual=hour persons=5 what=trace' "$WORK/serve.log"
  curl --silent "http://127.0.0.1:$(port metrics)/metrics" | grep -q '^dantind_looks_alarms_total [1-9]'
}

# An export with what was submitted is a read of everybody, by the operator.
@test "an export of the journal is noted" {
  "$DANTIND" journal export "$DATA/proofs" --without-payloads --data "$DATA" >/dev/null
  [ "$(audit list | grep -c ' export journal')" -eq 0 ]
  "$DANTIND" journal export "$DATA/whole" --purpose "inspection 12" --data "$DATA" >/dev/null
  audit list | grep -q '  operator  export journal .*purpose="inspection 12"$'
  audit subject "$(field 'r["rows"][0]["record"]' <"$WORK/trace.json")" 2>/dev/null | grep -q 'export journal .*match=possible'
}

# The end of the chain goes into the journal, whose verifier tells it; a chain that does not go through it is another one.
@test "the log of reads is anchored in the journal" {
  run "$DANTIND" audit seal --data "$DATA" --lang en
  [ "$status" -eq 0 ]
  link=$(sed -n 's/.*up to link \([0-9]*:[0-9a-f]*\)$/\1/p' <<<"$output")
  "$DANTIND" journal export "$DATA/anchored" --data "$DATA" >/dev/null
  "${DANTIND%dantind}dantin-verify" "$DATA/anchored" --lang en | grep -q "log of reads: link $link"
  audit check "$link" | grep -q "in the journal up to link ${link%%:*}\."
  sql "update dantin.look_anchor set hash = sha256('other')"
  run audit check
  [[ "$output" == *"not the chain that was noted"* ]]
  sql "update dantin.look_anchor set hash = decode('${link#*:}', 'hex')"
  audit check
}

# Two at once, by hand and by the server's own clock: whoever comes second tells of the newer end, never of an older one again.
@test "an anchor that had to wait holds the chain's end of then" {
  sql 'select pg_advisory_lock(5871316114093), pg_sleep(600)' &
  local holder=$!
  wait_until lock_is_held
  "$DANTIND" audit seal --data "$DATA" >/dev/null &
  local sealing=$!
  wait_until lock_is_wanted
  client province report composition --purpose meanwhile
  wait_until sealed
  sql "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and classid = 1367 and objid = 95820461" >/dev/null
  wait "$sealing"
  wait "$holder" || true
  [ "$(sql 'select max(number) from dantin.look_anchor')" = "$(sql 'select max(number) from dantin.look_chain')" ]
}
lock_is_held() { [ "$(sql "select count(*) from pg_locks where locktype = 'advisory' and granted and classid = 1367")" -ge 1 ]; }
lock_is_wanted() { [ "$(sql "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid = 1367")" -ge 1 ]; }

# A master of the database changes, slips in, removes: each is found, and named. Last, a chain forged from the start.
@test "whatever was done to the log is found by the chain" {
  client province report composition --purpose more
  wait_until sealed
  run audit check
  [ "$status" -eq 0 ]
  noted=$(sed 's/.*newest link \([0-9]*:[0-9a-f]*\).*/\1/' <<<"$output")
  run audit check "$noted"
  [ "$status" -eq 0 ]
  run audit check "${noted%?}x"
  [ "$status" -eq 2 ]

  sql "update dantin.look set purpose = 'none of yours' where id = 2"
  run audit check
  [ "$status" -eq 1 ]
  [[ "$output" == *"was changed (link 2, look 2); 1 links before it"* ]]
  sql "update dantin.look set purpose = 'complaint 7/2026' where id = 2"
  run audit check "$noted"
  [ "$status" -eq 0 ]

  sql "create table public.kept as select * from dantin.look where id = 3; delete from dantin.look where id = 3"
  run audit check
  [[ "$output" == *"was removed (link 3, look 3)"* ]]
  sql "create table public.link as select * from dantin.look_chain where look = 3; delete from dantin.look_chain where look = 3"
  run audit check
  [[ "$output" == *"a link is missing (link 3"* ]]
  sql "insert into dantin.look overriding system value select * from public.kept"
  sql "insert into dantin.look_chain select * from public.link; drop table public.kept, public.link"
  run audit check "$noted"
  [ "$status" -eq 0 ]

  sql "insert into dantin.look overriding system value select -1, looked_at_ms, device, sender, role, is_province, what, purpose,
    definition, definition_hash, dimensions, unit, from_date, date, position, rows, persons, subjects, alarm from dantin.look where id = 1"
  run audit check
  [[ "$output" == *"slipped in later"* ]]

  sql "delete from dantin.look where id < 3; truncate dantin.look_chain; select dantin.look_seal(dantin.look_newest(), 1000)"
  run audit check
  [ "$status" -eq 1 ]
  [[ "$output" == *"not the chain that was noted"* ]]
  sql "delete from dantin.look_anchor" # the journal itself keeps it, and ...
  run audit check
  [ "$status" -eq 0 ]
  run audit check "$noted" # ... so does who has kept a line of the server's log
  [ "$status" -eq 1 ]
  [[ "$output" == *"not the chain that was noted"* ]]
}

# Nobody has to think of it: a look that has waited for a day goes into the journal, and a younger one does not yet.
@test "the server anchors the log of reads by itself" {
  sql "delete from dantin.look; delete from dantin.look_chain; delete from dantin.look_anchor"
  client province report composition --purpose again
  wait_until sealed
  "$DANTIND" audit seal --due --data "$DATA"
  [ "$(sql 'select count(*) from dantin.look_anchor')" = 0 ]
  sql "update dantin.look set looked_at_ms = looked_at_ms - 2 * 86400000; truncate dantin.look_chain; select dantin.look_seal(dantin.look_newest(), 1000)"
  province_halt
  province_serve
  wait_until anchored
  audit check | grep -q 'in the journal up to link [1-9]'
  "$DANTIND" audit seal --due --data "$DATA"
  [ "$(sql 'select count(*) from dantin.look_anchor')" = 1 ]
  run grep -c looks_not_anchored "$WORK/serve.log"
  [ "$output" = 0 ]
}
anchored() { [ "$(sql 'select count(*) from dantin.look_anchor')" = 1 ]; }

# The line for outside eyes, and no name or content in any.
@test "the server tells the end of the chain to its log" {
  grep -q 'event=looks_sealed number=[0-9]* hash=[0-9a-f]\{64\}' "$WORK/serve.log"
}
