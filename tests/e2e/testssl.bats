#!/usr/bin/env bats
# The TLS settings of the server (common/tls/context.c) before testssl.sh. It cannot go on past an Ed25519 certificate, brings no
# certificate of its own and no name by ALPN: tests/programs/tls_sink.c has the same settings without these three. Those are the
# business of the zoo of certificates (tests/unit/common/tls).

setup_file() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/dantin-testssl.XXXXXX")
  export WORK
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/ca.key" -out "$WORK/ca.pem" -days 365 \
    -subj "/CN=authority of a test" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$WORK/server.key" -out "$WORK/server.csr" \
    -subj "/CN=localhost" 2>/dev/null
  openssl x509 -req -in "$WORK/server.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" -days 365 -out "$WORK/server.crt" -extfile - \
    2>/dev/null <<<'subjectAltName=DNS:localhost,IP:127.0.0.1
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth'
}

teardown() {
  [ ! -e "$WORK/pid" ] || { kill "$(cat "$WORK/pid")"; rm -f "$WORK/pid" "$WORK/port"; }
}

teardown_file() { rm -rf "$WORK"; }

# sink [old]: the server program, listening.
sink() {
  local i
  "$DANTIN_BINARY_DIR/tests/tls_sink" "$WORK" "$@" >>"$WORK/sink.log" 2>&1 3>&- </dev/null &
  echo $! >"$WORK/pid"
  for ((i = 0; i < 100; i++)); do
    [ ! -s "$WORK/port" ] || return 0
    sleep 0.1
  done
  cat "$WORK/sink.log"
  return 1
}

# scan REPORT OPTION…: testssl.sh, without asking the network for anything. Its status counts findings; 124 and above are failures.
scan() {
  local report=$1 status=0
  shift
  timeout --kill-after=5 170 testssl --add-ca "$WORK/ca.pem" --jsonfile "$report" --warnings batch --nodns none --color 0 --quiet \
    --ip 127.0.0.1 "$@" "localhost:$(cat "$WORK/port")" >"$report.txt" 2>&1 3>&- </dev/null || status=$?
  [ "$status" -lt 124 ] || { tail -n 20 "$report.txt"; return 1; }
}

# findings REPORT: what is above LOW and not excepted; and what should be in a report and is not.
findings() {
  /usr/bin/python3 - "$1" "${BATS_TEST_DIRNAME}/testssl_exceptions.txt" <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
excepted = {line.split()[0] for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")}
ids = {row["id"] for row in report}
for needed in ("TLS1_3", "TLS1_2", "cert_subjectAltName", "cert_chain_of_trust", "cert_signatureAlgorithm", "cert_keySize", "cert_trust",
               "cipherlist_NULL", "cipherlist_STRONG", "PFS", "heartbleed", "secure_renego", "BEAST", "LUCKY13"):
    if needed not in ids:
        print("MISSING", needed)
for row in report:
    if row["severity"] not in ("OK", "INFO", "LOW", "DEBUG") and row["id"] not in excepted:
        print(row["severity"], row["id"], row["finding"])
for unused in sorted(excepted - {row["id"] for row in report if row["severity"] not in ("OK", "INFO", "LOW", "DEBUG")}):
    print("UNUSED", unused)
END
}

@test "nothing above LOW but what is excepted, certificate and ciphers looked at" {
  sink
  scan "$WORK/report.json" --protocols --std --fs --server-preference --server-defaults --vulnerable
  run findings "$WORK/report.json"
  echo "$output"
  [ -z "$output" ]
  grep -q '"finding" *: *"offered with final"' "$WORK/report.json" # TLS 1.3
}

@test "the scan is one that complains: TLS 1.2 without encryption is found, a report without certificate too" {
  sink old
  scan "$WORK/old.json" --protocols --std
  run findings "$WORK/old.json"
  echo "$output"
  [[ $output == *"CRITICAL cipherlist_NULL offered"* ]]
  [[ $output == *"MISSING cert_keySize"* && $output == *"UNUSED cert_revocation"* ]]
}
