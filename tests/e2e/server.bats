#!/usr/bin/env bats
# The real dantind against clients that mean harm, and its ways to end. One server for the file; each test leaves it serving.

setup_file() {
  load ../lib/province
  province_open
  enrol device --province --role administrator
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

hostile() {
  identity device
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/e2e/hostile.py" 127.0.0.1 "${LISTEN##*:}" "$WORK/identities/device" "$@"
}
no_connections() { [ "$(metric dantind_connections)" = 0 ]; }

@test "who does not speak TLS 1.3 with our certificates is cut" {
  hostile garbage http tls12 no-certificate no-alpn
  hostile honest
}

@test "silence and one byte a second end at the deadline" {
  hostile silent 3>&- &
  local first=$!
  hostile dribble 3>&- &
  local second=$!
  hostile no-hello
  wait "$first"
  wait "$second"
  hostile honest
}

@test "what breaks the protocol is answered with an error" {
  hostile early-query big-before-hello oversize bomb unknown empty-parts
  hostile honest
}

@test "one byte a second after WELCOME holds nobody up" {
  hostile dribble-frame 3>&- &
  local slow=$!
  # The same device would supersede the slow session; the crowd below has none.
  wait "$slow"
  hostile honest
}

@test "a client that never reads is not read from, and memory stays bounded" {
  local before after
  hostile deaf flood
  wait_until no_connections
  before=$(rss_kib)
  hostile deaf deaf flood
  wait_until no_connections
  after=$(rss_kib)
  echo "rss before $before KiB, after $after KiB"
  [ $((after - before)) -lt 65536 ]
  hostile honest
}

@test "a newer session of a device ends the older one" {
  hostile supersede
  [ "$(metric dantind_sessions_superseded_total)" -ge 1 ]
}

@test "the log names nobody and says what happened once" {
  grep -q 'event=handshake_failed' "$WORK/serve.log"
  grep -q 'event=session_failed' "$WORK/serve.log"
  ! grep -q 'ERROR: AddressSanitizer\|runtime error' "$WORK/serve.log"
}

@test "SIGHUP reads the log level and the certificates again" {
  echo 'log_level = debug' >"$DATA/dantind.ini"
  kill -HUP "$(server_pid)"
  wait_until grep -q 'event=reloaded log_level=debug' "$WORK/serve.log"
  hostile honest
  # Nonsense leaves what is in force.
  echo 'log_level = whatever' >"$DATA/dantind.ini"
  kill -HUP "$(server_pid)"
  wait_until grep -q 'event=reload_failed' "$WORK/serve.log"
  hostile honest
  rm "$DATA/dantind.ini"
}

@test "SIGTERM says goodbye to the connected and ends with 0" {
  hostile wait-goodbye >"$WORK/goodbye.log" 2>&1 3>&- &
  local client=$!
  wait_until grep -q connected "$WORK/goodbye.log"
  kill -TERM "$(server_pid)"
  wait "$client"
  wait_until gone "$(server_pid)"
  grep -q 'event=stopped err=ERR_OK' "$WORK/serve.log"
  province_serve
  hostile honest
}

@test "kill -9, then the next start serves again with the cluster it finds" {
  kill -KILL "$(server_pid)"
  wait_until gone "$(server_pid)"
  province_serve
  hostile honest
  [ "$(grep -c 'event=cluster_open adopted=1' "$WORK/serve.log")" -ge 1 ]
}
