#!/usr/bin/env bats
# What nobody but the people can notice: a master of the server who has its log key too, and writes a journal that is right in
# itself (tests/lib/tamper.py). Receipts and checkpoints that clients kept name the position; clients raise their alarm at the next
# connection. Deeds of a superuser without the key: journal.bats. Each test on its own copy of the server's folder and of a client's.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  enrol second --sender 524 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 10
  sheet_members "$WORK/more.csv" 101 3
  sheet_branches "$WORK/second.csv" 524
  client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client first submit
  client first import --first-load "$WORK/more.csv" # what will have been left out
  client first submit
  client second import --first-load "$WORK/second.csv"
  client second submit
  client first submit # nothing new: sees the newest checkpoint
  sequence=$(sql "select max(j.sequence) from dantin.journal j join dantin.branch b on b.code = '522'
    join dantin.device d on d.id = j.device and d.sender = b.id")
  VICTIM=$(sql "select max(j.position) from dantin.journal j join dantin.branch b on b.code = '522'
    join dantin.device d on d.id = j.device and d.sender = b.id")
  SIZE=$(sql "select position from dantin.journal_head")
  [ "$VICTIM" -lt "$((SIZE - 1))" ]
  client first receipt show "$sequence" >"$WORK/kept.tlog-proof"
  client second receipt show 1 >"$WORK/newest.tlog-proof"
  sed '1,/^$/d' "$WORK/newest.tlog-proof" >"$WORK/kept.checkpoint"
  LOG_KEY=$(openssl pkey -in "$DATA/receipt.key" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n')
  export VICTIM SIZE LOG_KEY
  province_halt
  mv "$DATA" "$WORK/base"
  export BASE=$WORK/base
}

setup() {
  load ../lib/province
  DATA=$WORK/copy
  cp -a "$BASE" "$DATA"
  rm -rf "$WORK/pc"
  cp -a "$WORK/first" "$WORK/pc"
}

teardown() {
  province_halt
  rm -rf "$WORK/copy" "$WORK/fork" "$WORK/export"
}

teardown_file() {
  load ../lib/province
  rm -rf "$WORK"
}

# tampered DEED…: rows of the database to the helper, its SQL back into the database, as the cluster's superuser.
tampered() {
  {
    sql "select 'entry', position, encode(envelope, 'hex'), encode(signature, 'hex'), server_time_ms, change_count,
      coalesce(nullif(encode(verdicts, 'hex'), ''), '-') from dantin.journal order by position"
    sql "select 'note', size, replace(encode(note, 'base64'), E'\n', '') from dantin.checkpoint order by size"
    sql "select 'gone', 4, replace(id::text, '-', ''), replace(version::text, '-', '') from dantin.member_version
      where since = $VICTIM"
    sql "select 'made', position, kind, replace(record::text, '-', ''), replace(version::text, '-', '') from dantin.refusal
      where kind is not null union all
      select 'made', position, kind, replace(record::text, '-', ''), replace(version::text, '-', '') from dantin.waiting"
  } >"$WORK/rows"
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/lib/tamper.py" "$DATA/receipt.key" "$@" <"$WORK/rows" >"$WORK/deed.sql"
  sql "begin; $(cat "$WORK/deed.sql") commit"
}

# verified OPTION…: a fresh export, and what dantin-verify says of it.
verified() {
  rm -rf "$WORK/export"
  "$DANTIND" journal export "$WORK/export" --data "$DATA" --lang en 3>&- >/dev/null
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$LOG_KEY" --lang en "$@"
  echo "$output"
}

# covered COUNT: the journal grows by that many acts, and the checkpoint that clients hold is put where the server looks for what they
# show: now it knows of no contradiction, as a lying server would not, and only the client can tell.
covered() {
  local i
  for ((i = 0; i < $1; i++)); do enrol "newcomer$BATS_TEST_NUMBER-$i" --sender 524 --role viewer; done
  sql "delete from dantin.cosignature where size = $SIZE;
    update dantin.checkpoint set note = decode('$(base64 -w 0 "$WORK/kept.checkpoint")', 'base64') where size = $SIZE"
}

# admitted HOME: the server as it is knows from the checkpoint this client shows that it lacks what it signed, and takes nothing.
admitted() {
  run client "$1" submit
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"The server lacks submissions it signed receipts for"* ]]
  [ "$(sql "select is_rolled_back from dantin.journal_head")" = t ]
  sql "update dantin.journal_head set is_rolled_back = false"
}

# alarmed HOME WORDS: this client submits nothing any more, and its alarm shows what it held and what was shown.
alarmed() {
  run client "$1" submit
  echo "$output"
  [ "$status" -ne 0 ]
  run client "$1" alarm show
  echo "$output"
  [[ $output == *"$2"*"nobody has acknowledged it, so nothing is submitted"* ]]
  [ "$(grep -c '^dantin/journal/' <<<"$output")" -eq 2 ]
}

@test "untouched: right, by what people kept too, and no alarm" {
  province_serve
  verified --receipt "$WORK/kept.tlog-proof" --receipt "$WORK/newest.tlog-proof" --checkpoint "$WORK/kept.checkpoint"
  [ "$status" -eq 0 ]
  client pc submit
  run client pc alarm show
  [[ $output == *"There is no alarm."* ]]
}

@test "a moment changed and all signed anew: the receipt names the entry, the client raises its alarm" {
  province_serve
  sql "update dantin.journal set server_time_ms = server_time_ms + 1 where position = $VICTIM"
  tampered resign
  verified
  [ "$status" -eq 1 ] # the witnesses had signed other checkpoints
  [[ $output == "WRONG: "*"the cosignature of "* ]]
  sql "delete from dantin.cosignature"
  verified
  [ "$status" -eq 0 ] # right in itself: only what people kept tells
  verified --receipt "$WORK/kept.tlog-proof"
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $VICTIM: "* ]]
  verified --checkpoint "$WORK/kept.checkpoint"
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: "*"the journal is not the one that "*"kept.checkpoint vouches for"* ]]
  admitted pc
  covered 1
  alarmed pc "not proved to continue the one held"
}

@test "a verdict changed and all signed anew: the state that was signed does not follow" {
  province_serve
  sql "update dantin.journal set verdicts = '\\x00000000'::bytea || '\\x0300'::bytea || decode(repeat('00', 16), 'hex') where position = $VICTIM"
  tampered resign
  verified
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $VICTIM: the entries $VICTIM–$VICTIM do not give the state that was signed"* ]]
}

@test "a submission left out as if it had never been: the receipt names its position, the client raises its alarm" {
  province_serve
  tampered leave-out "$VICTIM"
  sql "delete from dantin.cosignature"
  verified
  [ "$status" -eq 0 ]
  verified --receipt "$WORK/kept.tlog-proof"
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $VICTIM: "* ]]
  admitted pc
  covered 2
  alarmed pc "not proved to continue the one held"
  # So does the one whose submission is there all the same, at another place.
  rm -rf "$WORK/other"
  cp -a "$WORK/second" "$WORK/other"
  alarmed other "not proved to continue the one held"
}

@test "the last entries dropped: what was kept names where, the client raises its alarm" {
  province_serve
  tampered cut "$VICTIM"
  verified
  [ "$status" -eq 0 ]
  verified --receipt "$WORK/kept.tlog-proof"
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $VICTIM: the journal lacks entries that "*"kept.tlog-proof vouches for"* ]]
  verified --checkpoint "$WORK/kept.checkpoint"
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $VICTIM: the journal lacks entries that "* ]]
  admitted pc
  covered 3
  alarmed pc "not proved to continue the one held"
}

@test "two journals shown to two clients: who meets the other one raises the alarm" {
  cp -a "$DATA" "$WORK/fork"
  province_serve
  sheet_members "$WORK/mine.csv" 201 2
  client pc import --first-load "$WORK/mine.csv"
  client pc submit
  province_halt
  DATA=$WORK/fork
  province_serve
  rm -rf "$WORK/other"
  cp -a "$WORK/second" "$WORK/other"
  sheet_members "$WORK/theirs.csv" 301 2
  client other import --first-load "$WORK/theirs.csv"
  client other submit
  admitted pc
  # A lying server takes care which checkpoint it shows to whom.
  client pc receipt show 3 | sed '1,/^$/d' >"$WORK/mine.checkpoint"
  enrol "newcomer$BATS_TEST_NUMBER" --sender 524 --role viewer
  sql "delete from dantin.cosignature where size = $((SIZE + 1));
    update dantin.checkpoint set note = decode('$(base64 -w 0 "$WORK/mine.checkpoint")', 'base64') where size = $((SIZE + 1))"
  alarmed pc "not proved to continue the one held"
  client pc alarm show | grep -q "holds a journal of $((SIZE + 1)) entries, the server showed one of $((SIZE + 2))"
}

@test "a sheet that waits for a second person counted at once: its position is named" {
  province_serve
  {
    echo 'Chi bộ,Ngày đại hội,Bầu chức danh,Lần bầu,Số lượng cần bầu,Tổng số đảng viên chính thức,Số đảng viên chính thức có mặt,Số phiếu phát ra,Số phiếu thu về,Số phiếu hợp lệ,Số phiếu không hợp lệ,Số biên bản,Họ và tên người ứng cử,Số phiếu đồng ý,Trúng cử'
    echo 'CB1,01/12/2022,Bí thư,1,1,8,8,8,8,8,0,01/BB,Hồ Văn Rê,7,có'
  } >"$WORK/ballot.csv"
  client pc import "$WORK/ballot.csv"
  client pc submit
  verified
  [ "$status" -eq 0 ]
  tampered apply "$SIZE"
  sql "delete from dantin.cosignature"
  verified
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $SIZE: its item 0 needs a second person, yet it was applied at once"* ]]
}

@test "a record of another sender let through: its position is named" {
  province_serve
  local position cell
  cell=$(sql "select replace(id::text, '-', '') from dantin.branch where code = '522'")
  enrol foreign --sender 524 --role clerk
  run second_client foreign --cell "$cell" --count 1 # refused
  position=$(sql "select max(position) from dantin.journal")
  [ "$(sql "select rule from dantin.refusal where position = $position")" = ingest.out_of_scope ]
  verified
  [ "$status" -eq 0 ]
  tampered apply "$position"
  sql "delete from dantin.cosignature"
  verified
  [ "$status" -eq 1 ]
  [[ $output == "WRONG: entry $position: change "*" was applied, though the record is not the sender's"* ]]
}

@test "a device slipped into the table is named by the replay; enrolled by an act it stands in the journal for all to see" {
  province_serve
  local shadow
  shadow=$(printf 'ab%.0s' {1..32})
  sql "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)
    select '\\x$shadow', '\\x$shadow', '\\x$shadow', id, 'clerk', false from dantin.branch where code = '522'"
  run "$DANTIND" audit replay --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"table device, record $shadow: there is a row the journal does not make"* ]]
  sql "delete from dantin.device where id = '\\x$shadow'"
  verified
  [[ $output == *" 3  devices"* ]]
  enrol shadow --sender 522 --role clerk
  verified
  [ "$status" -eq 0 ]
  [[ $output == *" 4  devices"* ]]
}
