# A province of the real programs for end-to-end tests: `load ../lib/province`, province_start (or province_open) in setup_file,
# province_stop in teardown_file. Every process of it is ended by its own pid, and holds none of the test's descriptors.
#
#   $WORK    the folder of everything: clients' homes by name, logs, sheets     $DATA   the server's
#   $LISTEN  HOST:PORT, the same after every restart

# shellcheck source=tests/lib/clerk.bash
. "${BASH_SOURCE[0]%/*}/clerk.bash"

WAIT_TENTHS_MAX=1200 # a first start makes a PostgreSQL cluster, and other tests may be running

# province_start: a server and, at the province's device, the reference data, journalled.
province_start() {
  province_open
  enrol province --province --role administrator
  client province import --reference >>"$WORK/setup.log" 2>&1
  client province submit >>"$WORK/setup.log" 2>&1
}

# province_localities SHEETS CLIENT…: the sample's hamlets, journalled by the province and known to the clients.
province_localities() {
  local sheets=$1 home; shift
  client province import "$sheets/province-localities.csv" >>"$WORK/setup.log" 2>&1
  client province submit >>"$WORK/setup.log" 2>&1
  for home in "$@"; do client "$home" import --reference "$sheets/province-localities.csv" >>"$WORK/setup.log" 2>&1; done
}

# province_open: a server on a free port, its journal empty.
province_open() {
  export DANTIND=${DANTIN_BINARY_DIR:?the build folder}/dantind DANTIN_LANG=en DANTIN
  # Short, and open to the user the server becomes when started as root.
  WORK=$(mktemp -d /tmp/dantin-e2e.XXXXXX)
  chmod 755 "$WORK"
  export WORK DATA=$WORK/srv LISTEN=127.0.0.1:0
  DANTIN=$(clerk_program "$WORK")
  province_serve
  LISTEN=127.0.0.1:$(port listen)
}

province_serve() {
  rm -f "$DATA/run/ports"
  # Freed memory that AddressSanitizer keeps aside is not what memory tests are about.
  ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1 "$DANTIND" serve --data "$DATA" --listen "$LISTEN" \
    --metrics 127.0.0.1:0 --lang en >>"$WORK/serve.log" 2>&1 3>&- </dev/null &
  echo $! >"$WORK/pid"
  wait_until test -s "$DATA/run/ports"
  wait_until ready
}

province_halt() {
  local pid
  [ -e "$WORK/pid" ] || return 0
  pid=$(cat "$WORK/pid")
  kill -TERM "$pid" 2>/dev/null || true
  wait_until gone "$pid" || return 1
  rm "$WORK/pid"
}

# Fails when the server does not end, or a sanitizer had something to say about it. Leaves no process behind in any case.
province_stop() {
  local status=0
  [ -n "${WORK:-}" ] || return 0
  province_halt || { kill -KILL "$(cat "$WORK/pid")"; status=1; }
  if [ -e "$DATA/pg/postmaster.pid" ]; then
    echo "PostgreSQL was left behind" >&2
    kill -QUIT "$(head -n 1 "$DATA/pg/postmaster.pid")" 2>/dev/null || true
    status=1
  fi
  if grep 'AddressSanitizer\|LeakSanitizer\|runtime error' "$WORK/serve.log"; then
    cat "$WORK/serve.log"
    status=1
  fi
  rm -rf "$WORK"
  return "$status"
}

# wait_until COMMAND…: the condition is an event of another process, so it is polled.
wait_until() {
  local i
  for ((i = 0; i < WAIT_TENTHS_MAX; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "never true: $*" >&2
  tail -n 20 "$WORK/serve.log" >&2
  return 1
}

gone() { ! kill -0 "$1"; }
port() { sed -n "s/^$1=\(.*:\)\?//p" "$DATA/run/ports"; }
page() { curl --silent --max-time 5 "http://127.0.0.1:$(port metrics)$1"; }
ready() { [ "$(page /readyz)" = ready ]; }
metric() { page /metrics | awk -v name="$1" '$1 == name { print $2 }'; }
server_pid() { cat "$WORK/pid"; }
rss_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$(server_pid)/status"; }

# client HOME COMMAND…
client() {
  local home=$1
  shift
  "$DANTIN" --home "$WORK/$home" "$@" </dev/null
}

# enrol HOME OPTION-OF-DEVICE-SIGN…: key and request at the client, certificate from the operator, back to the client.
enrol() {
  local home=$1
  shift
  {
    client "$home" init --kdf-cost for-tests --server "localhost:${LISTEN##*:}" --csr "$WORK/$home.csr"
    "$DANTIND" device sign "$WORK/$home.csr" --data "$DATA" "$@" >"$WORK/$home.crt"
    client "$home" install "$WORK/$home.crt" "$DATA/ca/ca.crt"
  } >>"$WORK/setup.log" 2>&1 3>&-
}

# identity HOME: certificate and key of this home's person for programs of tests, the key unlocked, in $WORK/identities/HOME.
identity() {
  local from=$WORK/$1/persons/main to=$WORK/identities/$1
  [ ! -e "$to/device.key" ] || return 0
  mkdir -p "$to"
  cp "$from/device.crt" "$from/ca.crt" "$to"
  openssl pkey -in "$from/device.key" -passin "file:$WORK/passphrase" -out "$to/device.key"
}

# second_client HOME OPTION…: the client that shares no code with the project, under this home's device key.
second_client() {
  local home=$1
  shift
  identity "$home"
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/e2e/second_client.py" --server "127.0.0.1:${LISTEN##*:}" --language en \
    --certificate "$WORK/identities/$home/device.crt" --key "$WORK/identities/$home/device.key" --authority "$DATA/ca/ca.crt" "$@"
}

# field PYTHON-EXPRESSION-OVER-r: of the JSON on standard input.
field() { /usr/bin/python3 -c "import json, sys; r = json.load(sys.stdin); print($1)"; }

# sql STATEMENT: rows of the private PostgreSQL, as the owner of the cluster sees them; cells parted by one space.
sql() {
  local owner as=()
  owner=$(stat -c %U "$DATA/pg")
  [ "$(id -un)" = "$owner" ] || as=(setpriv --reuid "$owner" --regid "$(stat -c %G "$DATA/pg")" --clear-groups)
  # From a folder that its user may enter; else psql complains.
  env --chdir=/ "${as[@]}" psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=' ' --set ON_ERROR_STOP=1 \
    --host "$(sed -n 5p "$DATA/pg/postmaster.pid")" --port "$(sed -n 4p "$DATA/pg/postmaster.pid")" \
    --username dantin_admin --dbname dantin --command "$1" </dev/null
}

# Members the province counts, of everything or of one unit.
counted() { client province report composition --csv "$@" | tr -d '\r' | tail -n 1 | sed 's/.*,//'; }

# sheet_branches FILE SENDER-CODE: a party committee with one cell, CB1.
sheet_branches() {
  printf '%s\n' 'Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp' \
    "DB,Đảng bộ xã $2,Đảng bộ cơ sở,$2" "CB1,Chi bộ Một $2,Chi bộ trực thuộc,DB" >"$1"
}

# sheet_members FILE FIRST COUNT [CELL]: members with file numbers FIRST…, in the cell.
sheet_members() {
  local i
  {
    echo 'Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ'
    for ((i = $2; i < $2 + $3; i++)); do
      printf '%05d,Nguyễn Văn Số %d,%02d/%02d/1980,Nam,03/02/2005,03/02/2006,%s\n' "$i" "$i" $((i % 28 + 1)) \
        $((i / 28 % 12 + 1)) "${4:-CB1}"
    done
  } >"$1"
}
