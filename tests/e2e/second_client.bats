#!/usr/bin/env bats
# The real server answers a client that shares no code with it: written in Python from docs/protocol.md alone.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

PORTS_WAIT_S=120 # for a first start: a PostgreSQL cluster is made

setup_file() {
    export DANTIND="$DANTIN_BINARY_DIR/dantind"
    export CLIENT="$DANTIN_SOURCE_DIR/tests/e2e/second_client.py"
    # A short path that the server's unprivileged user can reach: a Unix socket lies in it.
    export FOLDER
    FOLDER=$(mktemp -d /tmp/dantin-second.XXXXXX)
    chmod 755 "$FOLDER"
    export DATA="$FOLDER/server"
    "$DANTIND" serve --data "$DATA" --listen 127.0.0.1:0 --metrics 127.0.0.1:0 >"$FOLDER/log" 2>&1 3>&- &
    echo $! >"$FOLDER/pid"
    wait_for_ports
    export SERVER
    SERVER="127.0.0.1:$(sed -n 's/^listen=//p' "$DATA/run/ports")"
    make_device province --province
}

teardown_file() {
    local pid
    pid=$(cat "$FOLDER/pid")
    kill -TERM "$pid"
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.1
    done
    rm -rf "$FOLDER"
}

wait_for_ports() {
    local deadline=$((SECONDS + PORTS_WAIT_S))
    until [ -s "$DATA/run/ports" ]; do
        if [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$(cat "$FOLDER/pid")"; then
            cat "$FOLDER/log"
            return 1
        fi
        sleep 0.1
    done
}

# make_device NAME --province|--sender CODE: key, request and certificate in $FOLDER/NAME.*
make_device() {
    local name=$1
    shift
    openssl genpkey -algorithm ED25519 -out "$FOLDER/$name.key"
    openssl req -new -key "$FOLDER/$name.key" -subj "/CN=$name" -out "$FOLDER/$name.csr"
    "$DANTIND" device sign "$FOLDER/$name.csr" "$@" --role clerk --data "$DATA" >"$FOLDER/$name.crt"
}

# second_client NAME OPTION…
second_client() {
    local name=$1
    shift
    /usr/bin/python3 "$CLIENT" --server "$SERVER" --certificate "$FOLDER/$name.crt" --key "$FOLDER/$name.key" \
        --authority "$DATA/ca/ca.crt" "$@"
}

# field PYTHON-EXPRESSION-OVER-r: of the JSON on standard input
field() {
    /usr/bin/python3 -c "import json, sys; r = json.load(sys.stdin); print($1)"
}

# Derived ids, envelope, payload hash, receipt and rows of the document are those of the server.
@test "second client: the province makes a tree, submits members, asks and reads the sum" {
    run --separate-stderr second_client province --make-tree 522 --count 40 --by sex
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["receipt"]["change_count"]' <<<"$output")" -eq 43 ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 40 ]
    [ "$(field 'r["answer"]["position"]' <<<"$output")" -eq 1 ]
    field 'r["cell"]' <<<"$output" >"$FOLDER/cell"
}

# A second session continues the chain: WELCOME's last sequence and envelope hash are enough to go on from.
@test "second client: a second session goes on where the first ended" {
    run --separate-stderr second_client province --cell "$(cat "$FOLDER/cell")" --count 2 --language en
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["receipt"]["sequence"]' <<<"$output")" -eq 2 ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 42 ]
}

# A sender's device works within its own subtree.
@test "second client: a sender's device submits into its own cell" {
    make_device sender --sender 522
    run --separate-stderr second_client sender --cell "$(cat "$FOLDER/cell")" --count 3
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["role"]' <<<"$output")" = clerk ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 45 ]
}

# A cell nobody knows is refused with the documented rule, and the receipt still checks.
@test "second client: members of an unknown cell are refused by rule" {
    run --separate-stderr second_client sender --cell 00112233445566778899aabbccddeeff --count 1
    echo "$stderr"
    [ "$status" -eq 1 ]
    [[ "$stderr" == *ingest.unknown_reference* ]]
}

# A device the server did not certify does not get in.
@test "second client: a self-made certificate is refused" {
    openssl req -x509 -newkey ed25519 -nodes -keyout "$FOLDER/stranger.key" -subj "/CN=stranger" \
        -addext extendedKeyUsage=clientAuth -out "$FOLDER/stranger.crt"
    run --separate-stderr second_client stranger --count 0
    echo "$stderr"
    [ "$status" -eq 1 ]
    [[ "$stderr" != *refused* ]] # the connection was made
}
