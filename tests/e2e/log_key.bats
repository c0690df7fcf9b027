#!/usr/bin/env bats
# The log goes on under another key: signed by the one before, picked up by the running server, followed by clients, with one key in
# force whenever the change is cut short; and a change that nobody signed.

bats_require_minimum_version 1.5.0
load ../lib/province

setup_file() {
  province_start
  {
    enrol first --sender 522 --role clerk
    enrol second --sender 524 --role clerk
    sheet_branches "$WORK/branches.csv" 522
    sheet_branches "$WORK/second.csv" 524
    sheet_members "$WORK/members.csv" 1 5
    client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
    client first submit
    client second import --first-load "$WORK/second.csv"
    client second submit
    client first receipt show 1 >"$WORK/old.tlog-proof"
  } >>"$WORK/setup.log" 2>&1
  LOG_KEY=$(log_key)
  export LOG_KEY # the first one: what everything starts from
}

teardown_file() { province_stop; }

log_key() { openssl pkey -in "${1:-$DATA/receipt.key}" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }
in_force() { sql "select encode(public_key, 'hex') from dantin.device where role = 'log'"; }
rotate() { "$DANTIND" key rotate --receipt --data "$DATA" --lang en 3>&-; }

# submits HOME FIRST: three new members are taken, under receipts that hold; no alarm.
submits() {
  sheet_members "$WORK/more.csv" "$2" 3
  client "$1" import --first-load "$WORK/more.csv" >/dev/null
  run client "$1" submit
  echo "$output"
  [ "$status" -eq 0 ]
  run client "$1" alarm show
  [[ $output == *"There is no alarm."* ]]
}

verified() {
  rm -rf "$WORK/export"
  "$DANTIND" journal export "$WORK/export" --purpose check --data "$DATA" 3>&- >/dev/null
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$LOG_KEY" --lang en "$@"
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "beside the running server: it signs with the new key, clients follow, what was signed before still holds" {
  local pid
  pid=$(server_pid)
  run rotate
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(log_key)" != "$LOG_KEY" ]
  [ "$(in_force)" = "$(log_key)" ]
  [ ! -e "$DATA/receipt.key.next" ]
  [ "$(stat -c %a "$DATA/receipt.key")" = 600 ]
  submits first 101
  [ "$(server_pid)" = "$pid" ]
  kill -0 "$pid"
  client first receipt show "$(sql "select max(sequence) from dantin.journal j join dantin.device d on d.id = j.device
    join dantin.branch b on b.id = d.sender where b.code = '522'")" >"$WORK/new.tlog-proof"
  client first receipt verify "$WORK/old.tlog-proof"
  client first receipt verify "$WORK/new.tlog-proof"
  verified --receipt "$WORK/old.tlog-proof" --receipt "$WORK/new.tlog-proof"
  "$DANTIND" audit replay --data "$DATA" 3>&-
}

@test "a client that was away for two changes follows both" {
  rotate
  submits second 201
  [ "$(sql "select count(*) from dantin.device_key k join dantin.device d on d.id = k.device where role = 'log'")" = 3 ]
}

@test "cut short before the act: the old key signs, and the next try takes up the key that lies there" {
  openssl genpkey -algorithm ed25519 -out "$DATA/receipt.key.next"
  chown --reference "$DATA/receipt.key" "$DATA/receipt.key.next"
  local before next
  before=$(in_force) next=$(log_key "$DATA/receipt.key.next")
  province_halt
  province_serve
  submits first 301
  [ "$(in_force)" = "$before" ]
  rotate
  [ "$(in_force)" = "$next" ]
  [ "$(log_key)" = "$next" ]
  submits first 311
}

@test "cut short after the act: the server starts under the new key, commands act, the next try ends it" {
  cp -p "$DATA/receipt.key" "$WORK/before.key"
  rotate
  local in_force
  in_force=$(in_force)
  mv "$DATA/receipt.key" "$DATA/receipt.key.next"
  cp -p "$WORK/before.key" "$DATA/receipt.key"
  province_halt
  province_serve
  submits first 401
  enrol "third$RANDOM" --sender 524 --role viewer
  run rotate
  [[ $output == *"interrupted is complete"* ]]
  [ "$(in_force)" = "$in_force" ]
  [ "$(log_key)" = "$in_force" ]
  [ ! -e "$DATA/receipt.key.next" ]
  submits first 411
}

@test "killed anywhere: whatever it leaves, the server goes on, and so it does after its next start" {
  local i
  for i in 1 2 3 4 5 6 7 8; do
    timeout -s KILL "$(printf '0.%02d' $((i * 9)))" "$DANTIND" key rotate --receipt --data "$DATA" 3>&- >/dev/null 2>&1 || true
    submits first $((500 + 10 * i))
  done
  province_halt
  province_serve
  submits first 601
  rotate
  submits first 611
  verified --receipt "$WORK/old.tlog-proof" --receipt "$WORK/new.tlog-proof"
}

@test "a backup made between two changes is of one key" {
  "$DANTIND" key recipient "$WORK/holder" 3>&-
  "$DANTIND" backup "$WORK/backup" --to "$WORK/holder.pub" --data "$DATA" 3>&-
  local restored=$WORK/restored
  "$DANTIND" restore "$WORK/backup" --identity "$WORK/holder" --data "$restored" 3>&- >/dev/null
  [ "$(log_key "$restored/receipt.key")" = "$(in_force)" ]
}

@test "another key in the folder signs nothing; put into the tables as well, it raises the alarm" {
  province_halt
  cp -p "$DATA/receipt.key" "$WORK/before.key"
  openssl genpkey -algorithm ed25519 -out "$WORK/stranger.key"
  cat "$WORK/stranger.key" >"$DATA/receipt.key"
  run "$DANTIND" serve --data "$DATA" --listen 127.0.0.1:0 --metrics 127.0.0.1:0 --lang en 3>&-
  echo "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"not the log key in force"* ]]

  cat "$WORK/before.key" >"$DATA/receipt.key"
  province_serve
  cat "$WORK/stranger.key" >"$DATA/receipt.key"
  sql "update dantin.device set public_key = '\\x$(log_key)', spki_hash = sha256('\\x302a300506032b6570032100$(log_key)') where role = 'log'"
  enrol "fourth$RANDOM" --sender 524 --role viewer # a checkpoint under the stranger's key
  run client first submit
  echo "$output"
  [ "$status" -ne 0 ]
  run client first alarm show
  echo "$output"
  [[ $output == *"nobody has acknowledged it"* ]]
}
