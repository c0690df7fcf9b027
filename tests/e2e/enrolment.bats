#!/usr/bin/env bats
# A PC enrols with a ticket: two operators, eight words, a certificate; and is revoked.
bats_require_minimum_version 1.5.0
load ../lib/province

setup_file() { province_open && operators; }
teardown_file() { province_stop; }

operators() {
  printf 'mật khẩu của cán bộ\n' >"$WORK/operator"
  chmod 644 "$WORK/operator"
  dantind operator add an --passphrase-file "$WORK/operator"
  dantind operator add binh --passphrase-file "$WORK/operator"
}

dantind() {
  local command=$1
  shift
  "$DANTIND" "$command" "$@" --data "$DATA" --lang en 3>&-
}

ticket() { dantind ticket create --operator an --passphrase-file "$WORK/operator" --address "localhost:${LISTEN##*:}" "$@" 2>/dev/null; }
approve() { dantind device approve "$@" --passphrase-file "$WORK/operator"; }
# ask HOME TICKET [SECONDS]: one question or more
ask() { client "$1" enrol "$2" --kdf-cost for-tests --wait "${3:-0}"; }
words_in() { awk '/^    / && NF == 8 { $1 = $1; print }' <<<"$1"; }

@test "a ticket, eight words, another operator's yes, a certificate" {
  local paper words
  paper=$(ticket --province --role administrator)
  [[ $paper =~ ^[0-9A-Z]{5}(-[0-9A-Z]{1,5})+$ ]]
  run ask pc "$paper"
  [ "$status" -eq 4 ]
  words=$(words_in "$output")
  echo "$output"
  [ -n "$words" ]
  run dantind device pending
  [[ $output == *"$words"* && $output == *administrator* && $output == *"ticket by an"* ]]

  # the maker of the ticket may not say yes, nor may anybody to words that are not there
  run approve "$words" --operator an
  [ "$status" -eq 1 ]
  run approve "${words% *}" --operator binh
  [ "$status" -eq 1 ]
  run ask pc "$paper"
  [ "$status" -eq 4 ]

  run approve "$words" --operator binh
  [ "$status" -eq 0 ]
  run ask pc "$paper" 60
  echo "$output"; cat $WORK/serve.log | tail -3
  [ "$status" -eq 0 ]
  run client pc import --reference
  [ "$status" -eq 0 ]
  run client pc submit
  [ "$status" -eq 0 ]
  run dantind device list
  echo "$output"
  [[ $output == *"$words"* && $output == *administrator* && $output == *"in force"* ]]
  [ "$(sql "select count(*) from dantin.device where certificate_until > now() + interval '89 days' and seen_at is not null")" = 1 ]
}

@test "a client waits for the yes and goes on by itself" {
  local paper words out=$WORK/waiting.log
  paper=$(ticket --province --role viewer)
  ask waiting "$paper" 120 >"$out" 2>&1 3>&- &
  local pid=$!
  wait_until grep -q '^    .' "$out"
  words=$(words_in "$(cat "$out")")
  approve $words --operator binh
  wait "$pid"
  [ -s "$WORK/waiting/persons/main/device.crt" ]
}

@test "another key with the same ticket, a slip of the pen, a wrong code, an old ticket" {
  local paper wrong
  paper=$(ticket --province --role viewer)
  run ask first "$paper"
  [ "$status" -eq 4 ]
  run ask second "$paper"
  echo "$status $output"
  [ "$status" -eq 1 ]
  [[ $output == *"used for another key"* ]]
  wrong=${paper:0:7}$([ "${paper:7:1}" = A ] && echo B || echo A)${paper:8}
  run ask first "$wrong"
  [ "$status" -eq 2 ]
  sql "update dantin.ticket set expires_at = now() - interval '1 second' where number not in (select ticket from dantin.enrolment)"
  paper=$(ticket --province --role viewer)
  sql "update dantin.ticket set expires_at = now() - interval '1 second'"
  run ask third "$paper"
  [ "$status" -eq 1 ]
  [[ $output == *"expired"* ]]
}

@test "a key that was turned down stays out" {
  local paper words
  paper=$(ticket --province --role viewer)
  run ask refused "$paper"
  words=$(words_in "$output")
  run dantind device refuse "$words" --operator binh --passphrase-file "$WORK/operator"
  [ "$status" -eq 0 ]
  run ask refused "$paper"
  [ "$status" -eq 1 ]
  run approve "$words" --operator binh
  [ "$status" -eq 1 ]
}

# What an operator decided is signed and journalled; it must hold when it is, not when it was read: another one may say no, or end to be one.
@test "a yes that has to wait for its turn counts what happened meanwhile" {
  local paper words approving
  paper=$(ticket --province --role viewer)
  run ask late "$paper"
  words=$(words_in "$output")
  sql 'select pg_advisory_lock(5871316114093), pg_sleep(600)' >/dev/null 2>&1 3>&- &
  local holder=$!
  wait_until turns 1 0
  approve "$words" --operator binh >"$WORK/late.log" 2>&1 3>&- &
  approving=$!
  wait_until turns 1 1
  sql "update dantin.enrolment set state = 'refused', decided_by = 'an', decided_at = now() where state = 'pending'"
  sql "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and classid = 1367" >/dev/null
  local code=0
  wait "$approving" || code=$?
  cat "$WORK/late.log"
  [ "$code" -ne 0 ]
  wait "$holder" || true
  run dantind device list
  [[ $output != *"$words"* ]]
}
turns() {
  [ "$(sql "select count(*) filter (where granted), count(*) filter (where not granted)
            from pg_locks where locktype = 'advisory' and classid = 1367")" = "$1 $2" ]
}

@test "who is no operator makes no ticket" {
  printf 'falsches Passwort\n' >"$WORK/wrong"
  run ticket --province --role viewer --operator nobody
  [ "$status" -ne 0 ]
  run dantind ticket create --province --role viewer --operator an --passphrase-file "$WORK/wrong"
  [ "$status" -ne 0 ]
  run dantind operator add an --passphrase-file "$WORK/operator"
  [ "$status" -ne 0 ]
  run dantind operator end binh
  [ "$status" -eq 0 ]
  run dantind ticket create --province --role viewer --operator binh --passphrase-file "$WORK/operator"
  [ "$status" -ne 0 ]
}

@test "another role takes two operators, is judged by the journal, and one yes serves once" {
  local id paper words
  paper=$(ticket --province --role viewer)
  run ask roles "$paper"
  words=$(words_in "$output")
  dantind operator add chi --passphrase-file "$WORK/operator"
  approve "$words" --operator chi
  ask roles "$paper" 60
  id=$(sql "select encode(d.id, 'hex') from dantin.device d join dantin.enrolment e using (public_key) join dantin.ticket t on t.number = e.ticket order by t.made_at desc limit 1")
  role() { sql "select role || ' ' || may_see_exact from dantin.device where id = decode('$id', 'hex')"; }

  # nobody alone: without an operator nothing, by one a proposal
  run dantind device role "$id" --role administrator
  [ "$status" -eq 2 ]
  dantind device role "$id" --role administrator --exact --operator an --passphrase-file "$WORK/operator"
  [ "$(role)" = "viewer false" ]
  run dantind device pending
  echo "$output"
  [[ $output == *"$id"*"viewer to administrator +exact"*"proposed by an"* ]]
  run approve "$id" --operator an
  [ "$status" -eq 1 ]
  [[ $output == *"another operator"* ]]
  printf 'falsches Passwort\n' >"$WORK/wrong"
  run dantind device approve "$id" --operator chi --passphrase-file "$WORK/wrong"
  [ "$status" -eq 1 ]
  [ "$(role)" = "viewer false" ]

  # turned down: it is gone; agreed: it holds, and is gone as well
  dantind device refuse "$id" --operator chi --passphrase-file "$WORK/operator"
  run approve "$id" --operator chi
  [ "$status" -eq 1 ]
  dantind device role "$id" --role administrator --operator an --passphrase-file "$WORK/operator"
  run approve "${id:0:12}" --operator chi
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(role)" = "administrator false" ]
  run approve "$id" --operator chi
  [ "$status" -eq 1 ]

  # only that right, only that person's
  dantind device role "$id" --exact --operator chi --passphrase-file "$WORK/operator"
  approve "$id" --operator an
  [ "$(role)" = "administrator true" ]
  dantind journal export "$WORK/export" --purpose check
  "${DANTIN_BINARY_DIR:?}/dantin-verify" "$WORK/export"
  dantind audit replay
}

@test "nothing of a ticket's code is kept, and the server's role cannot read what is" {
  local paper
  paper=$(ticket --province --role viewer)
  run ! grep -rqa "${paper:0:23}" "$DATA" "$WORK/serve.log"
  [ "$(sql "select has_table_privilege('dantin_ingest', 'dantin.ticket', 'select') or has_table_privilege('dantin_ingest', 'dantin.enrolment', 'update')")" = f ]
}

@test "a certificate near its end is renewed by itself, and a revoked device is cut within a second" {
  # enrolled by a file, for ten days
  {
    client old init --kdf-cost for-tests --server "localhost:${LISTEN##*:}" --csr "$WORK/old.csr"
    "$DANTIND" device sign "$WORK/old.csr" --data "$DATA" --province --role administrator --days 10 >"$WORK/old.crt"
    client old install "$WORK/old.crt" "$DATA/ca/ca.crt"
  } >>"$WORK/setup.log" 2>&1 3>&-
  run openssl x509 -in "$WORK/old/persons/main/device.crt" -noout -checkend $((11 * 86400))
  [ "$status" -ne 0 ]
  run client old report --list
  [ "$status" -eq 0 ]
  openssl x509 -in "$WORK/old/persons/main/device.crt" -noout -checkend $((89 * 86400))

  local device
  device=$(openssl pkey -in "$WORK/old/persons/main/device.key" -passin "file:$WORK/passphrase" -pubout -outform DER | sha256sum | cut -d' ' -f1)
  identity old
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/e2e/hold.py" "${LISTEN##*:}" "$WORK/identities/old" "$DATA/ca/ca.crt" >"$WORK/held" 3>&- &
  local pid=$!
  wait_until grep -q welcome "$WORK/held"
  dantind device role "$device" --role viewer --operator an --passphrase-file "$WORK/operator"
  approve "$device" --operator chi
  sleep 0.3
  run ! grep -q goodbye "$WORK/held"
  dantind device revoke "${device:0:12}" --reason "máy bị mất"
  wait "$pid"
  # the time from the entry to the farewell, not of the command that starts and ends
  [ $(($(sed -n 's/^goodbye 11 //p' "$WORK/held") - $(sql "select server_time_ms from dantin.journal order by position desc limit 1"))) -lt 1000 ]
  run client old report --list
  [ "$status" -eq 1 ]
  run dantind device list
  [[ $output == *revoked* ]]
  # its request is signed no more, and its key enrols nobody
  run dantind device sign "$WORK/old.csr" --province --role administrator
  [ "$status" -eq 1 ]
}
