#!/usr/bin/env bats
# A device goes under another key: announced by the one before, certified, and the one before signs no more. Wherever it is cut it goes on.

load ../lib/province

setup_file() {
  province_start
  enrol first --sender 522 --role clerk
  enrol second --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  client first import --first-load "$WORK/branches.csv"
  client first submit
  client second submit
}

teardown_file() { province_stop; }

renew() { local home=$1; shift; client "$home" key renew --kdf-cost for-tests "$@"; }
key_of() { openssl pkey -in "$WORK/$1/persons/main/device.key" -passin "file:$WORK/passphrase" -pubout; }
certified() { openssl x509 -in "$WORK/$1/persons/main/device.crt" -noout -pubkey; }
device_of() { openssl x509 -in "$WORK/$1/persons/main/device.crt" -noout -subject; }
# members HOME FIRST: three members more, submitted; prints what the client said.
members() {
  sheet_members "$WORK/$1-$2.csv" "$2" 3
  client "$1" import --first-load "$WORK/$1-$2.csv" >>"$WORK/setup.log"
  client "$1" submit
}
checked() {
  rm -rf "$WORK/export"
  "$DANTIND" journal export "$WORK/export" --data "$DATA" --lang en 3>&- &&
    "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --lang en
}

@test "another key, the same device; the former one is of no use, and the committee is told" {
  local key device
  cp -r "$WORK/first" "$WORK/stolen"
  key=$(key_of first)
  device=$(device_of first)
  run renew first
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"recovery code"* && $output == *"The key was changed"* ]]
  [ "$(key_of first)" != "$key" ]
  [ "$(key_of first)" = "$(certified first)" ]
  [ "$(device_of first)" = "$device" ]
  [ ! -e "$WORK/first/persons/main/next.key" ]
  [ ! -e "$WORK/first/persons/main/next.crt" ]
  run members first 1
  echo "$output"
  [[ $output == *"3 changes applied"* ]]
  [ "$(counted)" = 3 ]

  run client stolen submit
  echo "$output"
  [ "$status" -ne 0 ]
  run client stolen report composition
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"goes under another key"* ]]

  client second notices --seen
  run client second submit
  echo "$output"
  [[ $output == *"1 new notices"* ]]
  run client second notices
  echo "$output"
  [[ $output == *"NEW device "*"goes on under another key"* ]]
  run checked
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"1  changes of key"* ]]
}

@test "what was sealed before the change is taken after it" {
  sheet_members "$WORK/early.csv" 100 2
  client first import --first-load "$WORK/early.csv"
  client first submit --seal-only
  run renew first
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(counted)" = 5 ]
  [ "$(client first status --json | field "r['sealed_waiting']")" = 0 ]
  [ "$(key_of first)" = "$(certified first)" ]
}

@test "without the server nothing is lost, and nothing is sealed under the key that goes" {
  province_halt
  run renew first --wait 1
  echo "$output"
  [ "$status" -eq 4 ]
  sheet_members "$WORK/meanwhile.csv" 200 2
  client first import --first-load "$WORK/meanwhile.csv"
  run client first submit --seal-only
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"key renew"* ]]
  province_serve
  run renew first
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output != *"recovery code"* ]] # told when it was made
  run client first submit
  [ "$status" -eq 0 ]
  [ "$(counted)" = 7 ]
}

# Killed at the N-th change of a file, the N-th that is made durable, the N-th that is sent: run again it comes to its end.
@test "killed anywhere, run again" {
  local call n count killed=0 cut
  count=$(counted)
  for call in rename fdatasync sendto unlink; do
    for n in 1 2 3 4 5 6; do
      cut=0
      ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -o /dev/null -e "trace=$call" \
        -e "inject=$call:signal=SIGKILL:when=$n" "$DANTIN" --home "$WORK/first" key renew --kdf-cost for-tests --wait 20 \
        </dev/null >"$WORK/killed.log" 2>&1 || cut=$?
      [ "$cut" -eq 0 ] || [ "$cut" -eq 137 ]
      killed=$((killed + cut / 137))
      run renew first
      echo "$call $n: $output"
      [ "$status" -eq 0 ]
      [[ "$(cat "$WORK/killed.log")$output" == *"recovery code"* ]] # nobody ends with a code that was never told
      [ "$(key_of first)" = "$(certified first)" ]
      [ ! -e "$WORK/first/persons/main/next.key" ]
    done
    run members first $((1000 + count))
    [ "$status" -eq 0 ]
    count=$((count + 3))
    [ "$(counted)" = "$count" ]
  done
  echo "killed: $killed"
  [ "$killed" -ge 12 ]
  run checked
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "a backup from before the change: the change is offered again, and what followed it" {
  local before
  "$DANTIND" key recipient "$WORK/officer" --data "$DATA" 3>&- >>"$WORK/setup.log" 2>&1 </dev/null
  "$DANTIND" backup "$WORK/one.backup" --to "$WORK/officer.pub" --data "$DATA" 3>&- >>"$WORK/setup.log" 2>&1
  before=$(counted)
  run renew first
  [ "$status" -eq 0 ]
  run members first 3000
  [ "$status" -eq 0 ]
  province_halt
  mv "$DATA" "$WORK/lost"
  "$DANTIND" restore "$WORK/one.backup" --identity "$WORK/officer" --data "$DATA" --lang en 3>&- >>"$WORK/setup.log" 2>&1
  province_serve
  run client first submit --wait 60
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(client first status --json | field "r['sealed_waiting']")" = 0 ]
  [ "$(counted)" = $((before + 3)) ]
  run client first receipts --json
  [ "$(field "len([x for x in r['receipts'] if x['is_left_behind']]) > 0" <<<"$output")" = True ]
}

# The authority's key is kept elsewhere: request and certificate are carried.
@test "where the server issues no certificates, the province signs the request of the new key" {
  local home=$WORK/first/persons/main request
  province_halt
  mv "$DATA/ca/ca.key" "$WORK/ca.key"
  province_serve
  run renew first
  echo "$output"
  [ "$status" -ne 0 ]
  request=$(grep -o "$home/next[^ ]*\.csr" <<<"$output")
  mv "$WORK/ca.key" "$DATA/ca/ca.key"
  "$DANTIND" device sign "$request" --sender 522 --role clerk --data "$DATA" --lang en >"$WORK/next.crt" 2>>"$WORK/setup.log" 3>&-
  run renew first --certificate "$home/device.crt" --authority "$home/ca.crt" # the former key's
  [ "$status" -ne 0 ]
  run renew first --certificate "$WORK/next.crt" --authority "$DATA/ca/ca.crt"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(key_of first)" = "$(certified first)" ]
  run members first 4000
  [ "$status" -eq 0 ]
  [[ $output == *"3 changes applied"* ]]
}

# Who forgets the passphrase while a change of key is under way: each key has its code, and nothing is stuck.
@test "recovered in the middle of a change: both keys with their codes, then it goes on" {
  local old new
  old=$(client first passphrase new-code --kdf-cost for-tests --json | field "r['recovery_code']")
  province_halt
  run renew first --wait 1 --json
  new=$(field "r['recovery_code']" <<<"$(sed -n '/^{/,/^}/p' <<<"$output")")
  province_serve
  run client first passphrase new-code --kdf-cost for-tests # would be worth nothing when the change is through
  [ "$status" -ne 0 ]
  [[ $output == *"key renew"* ]]
  printf 'another passphrase 1\n' >"$WORK/passphrase.other"
  printf '%s\n' "$old" >"$WORK/code.old"
  printf '%s\n' "$new" >"$WORK/code.new"
  "$DANTIN" --home "$WORK/first" recover --code "$WORK/code.old" --new-passphrase-file "$WORK/passphrase.other" --kdf-cost for-tests
  run "$DANTIN" --home "$WORK/first" --passphrase-file "$WORK/passphrase.other" key renew --kdf-cost for-tests
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"dantin recover"* ]]
  "$DANTIN" --home "$WORK/first" recover --code "$WORK/code.new" --new-passphrase-file "$WORK/passphrase.other" --kdf-cost for-tests
  run "$DANTIN" --home "$WORK/first" --passphrase-file "$WORK/passphrase.other" key renew --kdf-cost for-tests
  echo "$output"
  [ "$status" -eq 0 ]
  run "$DANTIN" --home "$WORK/first" recover --code "$WORK/code.old" --new-passphrase-file "$WORK/passphrase" --kdf-cost for-tests
  [ "$status" -ne 0 ]
  "$DANTIN" --home "$WORK/first" recover --code "$WORK/code.new" --new-passphrase-file "$WORK/passphrase" --kdf-cost for-tests
  run members first 5000
  [ "$status" -eq 0 ]
}

# Each person of a PC has a key of their own: one changes it, the others go on, and are told nothing new about their own PC.
@test "one of several persons of a home changes the key" {
  client first person add mai --kdf-cost for-tests --new-passphrase-file "$WORK/passphrase" --csr "$WORK/mai.csr"
  "$DANTIND" device sign "$WORK/mai.csr" --sender 522 --role clerk --data "$DATA" --lang en >"$WORK/mai.crt" 2>>"$WORK/setup.log" 3>&-
  client first --person mai install "$WORK/mai.crt" "$DATA/ca/ca.crt"
  client first --person mai submit
  run client first --person mai key renew --kdf-cost for-tests
  echo "$output"
  [ "$status" -eq 0 ]
  sheet_members "$WORK/mai.csv" 6000 1
  client first --person mai import --first-load "$WORK/mai.csv"
  run client first --person mai submit
  [[ $output == *"1 changes applied"* ]]
  client first --person main notices --seen
  run client first --person main submit
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output != *"new notices"* ]]
  run checked
  echo "$output"
  [ "$status" -eq 0 ]
}
