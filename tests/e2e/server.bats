#!/usr/bin/env bats
# The real dantind against clients that mean harm, and its ways to end. One server for the file; each test leaves it serving.

setup_file() {
  local binary=${DANTIN_BINARY_DIR:?the build folder}
  export DANTIND=$binary/dantind
  # Short, and open to the user the server becomes when started as root.
  HOME_DIR=$(mktemp -d /tmp/dantin-e2e.XXXXXX)
  export HOME_DIR
  chmod 755 "$HOME_DIR"
  export DATA=$HOME_DIR/srv IDENTITY=$HOME_DIR/id
  mkdir "$IDENTITY"
  start_server
  openssl genpkey -algorithm ed25519 -out "$IDENTITY/device.key"
  openssl req -new -key "$IDENTITY/device.key" -subj /CN=test -out "$IDENTITY/device.csr"
  "$DANTIND" device sign "$IDENTITY/device.csr" --data "$DATA" --province --role administrator \
    >"$IDENTITY/device.crt" 2>"$HOME_DIR/sign.log"
  cp "$DATA/ca/ca.crt" "$IDENTITY/ca.crt"
}

teardown_file() {
  stop_server
  rm -rf "$HOME_DIR"
}

start_server() {
  rm -f "$DATA/run/ports"
  # Freed memory that AddressSanitizer keeps aside is not what the memory test is about.
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1 "$DANTIND" serve --data "$DATA" --listen 127.0.0.1:0 --metrics 127.0.0.1:0 --lang en >>"$HOME_DIR/serve.log" 2>&1 3>&- &
  echo $! >"$HOME_DIR/pid"
  wait_until test -s "$DATA/run/ports"
  wait_until ready
}

stop_server() {
  local pid
  pid=$(cat "$HOME_DIR/pid")
  kill -TERM "$pid" 2>/dev/null || true
  wait_until gone "$pid"
}

# wait_until COMMAND...: up to a minute; the condition is an event of another process, so it is polled.
wait_until() {
  local i
  for ((i = 0; i < 600; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "never true: $*" >&2
  tail -n 20 "$HOME_DIR/serve.log" >&2
  return 1
}

gone() { ! kill -0 "$1"; }
port() { sed -n "s/^$1=//p" "$DATA/run/ports"; }
page() { /usr/bin/python3 -c 'import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())' "http://127.0.0.1:$(port metrics)$1"; }
ready() { [ "$(page /readyz)" = ready ]; }
metric() { page /metrics | awk -v name="$1" '$1 == name { print $2 }'; }
hostile() { /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/e2e/hostile.py" 127.0.0.1 "$(port listen)" "$IDENTITY" "$@"; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$(server_pid)/status"; }
# The process that was started and stays itself when it gives up root.
server_pid() { cat "$HOME_DIR/pid"; }
no_connections() { [ "$(metric dantind_connections)" = 0 ]; }

@test "who does not speak TLS 1.3 with our certificates is cut" {
  hostile garbage http tls12 no-certificate no-alpn
  hostile honest
}

@test "silence and one byte a second end at the deadline" {
  hostile silent &
  local first=$!
  hostile dribble &
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
  hostile dribble-frame &
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
  grep -q 'event=handshake_failed' "$HOME_DIR/serve.log"
  grep -q 'event=session_failed' "$HOME_DIR/serve.log"
  ! grep -q 'ERROR: AddressSanitizer\|runtime error' "$HOME_DIR/serve.log"
}

@test "SIGHUP reads the log level and the certificates again" {
  echo 'log_level = debug' >"$DATA/dantind.ini"
  kill -HUP "$(server_pid)"
  wait_until grep -q 'event=reloaded log_level=debug' "$HOME_DIR/serve.log"
  hostile honest
  # Nonsense leaves what is in force.
  echo 'log_level = whatever' >"$DATA/dantind.ini"
  kill -HUP "$(server_pid)"
  wait_until grep -q 'event=reload_failed' "$HOME_DIR/serve.log"
  hostile honest
  rm "$DATA/dantind.ini"
}

@test "SIGTERM says goodbye to the connected and ends with 0" {
  hostile wait-goodbye >"$HOME_DIR/goodbye.log" 2>&1 &
  local client=$!
  wait_until grep -q connected "$HOME_DIR/goodbye.log"
  kill -TERM "$(server_pid)"
  wait "$client"
  wait_until gone "$(server_pid)"
  grep -q 'event=stopped err=ERR_OK' "$HOME_DIR/serve.log"
  start_server
  hostile honest
}

@test "kill -9, then the next start serves again with the cluster it finds" {
  kill -KILL "$(server_pid)"
  wait_until gone "$(server_pid)"
  start_server
  hostile honest
  [ "$(grep -c 'event=cluster_open adopted=1' "$HOME_DIR/serve.log")" -ge 1 ]
}
