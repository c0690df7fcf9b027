#!/usr/bin/env bats
# The operator's commands of dantind on a fresh folder, without a running server.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
    export DANTIND="${DANTIN_BINARY_DIR:?the build folder}/dantind"
    # A short path that the server's unprivileged user can reach: a Unix socket lies in it.
    export FOLDER
    FOLDER=$(mktemp -d /tmp/dantin-cmd.XXXXXX)
    chmod 755 "$FOLDER"
    export DATA="$FOLDER/srv"
    openssl genpkey -algorithm ed25519 -out "$FOLDER/device.key"
    openssl req -new -key "$FOLDER/device.key" -subj /CN=any -out "$FOLDER/device.csr"
    "$DANTIND" ca init --data "$DATA" --names may-chu.vn,10.1.2.3
}

teardown_file() {
    rm -rf "$FOLDER"
}

# Wrong usage is told apart from failure by the exit code, before anything is made.
@test "wrong usage ends with 2, a bad configuration with 3, nothing is made" {
    run "$DANTIND" nonsense
    [ "$status" -eq 2 ]
    run "$DANTIND" migrate
    [ "$status" -eq 2 ]
    run "$DANTIND" migrate --data
    [ "$status" -eq 2 ]
    run "$DANTIND" device sign "$FOLDER/device.csr" --data "$FOLDER/other" --province --sender 522 --role clerk
    [ "$status" -eq 2 ]
    run "$DANTIND" device sign "$FOLDER/device.csr" --data "$FOLDER/other" --province --role emperor
    [ "$status" -eq 2 ]
    [ ! -e "$FOLDER/other" ]
    printf 'listne = 1:2\n' >"$FOLDER/bad.ini"
    run "$DANTIND" check-config --data "$DATA" --config "$FOLDER/bad.ini"
    [ "$status" -eq 3 ]
    [[ "$output" == *listne* ]]
}

# The keys of the office: private ones closed, the server's name and address in its certificate, a second run changes nothing.
@test "ca init makes keys once and closes them" {
    [ "$(stat -c %a "$DATA/ca/ca.key" "$DATA/server.key" "$DATA/receipt.key" | sort -u)" = 600 ]
    openssl verify -CAfile "$DATA/ca/ca.crt" -purpose sslserver -verify_hostname may-chu.vn "$DATA/server.crt"
    openssl verify -CAfile "$DATA/ca/ca.crt" -purpose sslserver -verify_ip 10.1.2.3 "$DATA/server.crt"
    before=$(cat "$DATA"/ca/* "$DATA"/*.key "$DATA/server.crt" | sha256sum)
    "$DANTIND" ca init --data "$DATA"
    [ "$(cat "$DATA"/ca/* "$DATA"/*.key "$DATA/server.crt" | sha256sum)" = "$before" ]
}

# Certificates go to stdout alone; signing again renews; the device keeps the sender it was given.
@test "device sign certifies, renews, and refuses another sender" {
    run --separate-stderr "$DANTIND" device sign "$FOLDER/device.csr" --data "$DATA" --province --role administrator
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >"$FOLDER/first.crt"
    openssl verify -CAfile "$DATA/ca/ca.crt" -purpose sslclient "$FOLDER/first.crt"
    id=$(openssl pkey -in "$FOLDER/device.key" -pubout -outform DER | sha256sum | cut -d' ' -f1)
    [ "$(openssl x509 -in "$FOLDER/first.crt" -noout -subject -nameopt multiline | sed -n 's/.*= //p')" = "$id" ]

    run --separate-stderr "$DANTIND" device sign "$FOLDER/device.csr" --data "$DATA" --province --role administrator --days 10
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >"$FOLDER/second.crt"
    run openssl x509 -in "$FOLDER/second.crt" -noout -checkend $((11 * 86400))
    [ "$status" -ne 0 ]

    run --separate-stderr "$DANTIND" device sign "$FOLDER/device.csr" --data "$DATA" --sender 522 --role clerk
    [ "$status" -eq 1 ]
    [ -z "$output" ]

    # another role takes two operators, not a second signature of the authority
    run --separate-stderr "$DANTIND" device sign "$FOLDER/device.csr" --data "$DATA" --province --role viewer --lang en
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [[ "$stderr" == *"device role"* ]]
}

# A request that does not prove its key, or bears another kind of key, gets nothing.
@test "device sign refuses bad requests" {
    openssl req -new -newkey rsa:2048 -nodes -keyout "$FOLDER/rsa.key" -subj /CN=x -out "$FOLDER/rsa.csr" 2>/dev/null
    head -c 200 "$FOLDER/device.csr" >"$FOLDER/cut.csr"
    for request in rsa.csr cut.csr missing.csr; do
        run --separate-stderr "$DANTIND" device sign "$FOLDER/$request" --data "$DATA" --province --role clerk --lang en
        [ "$status" -eq 1 ]
        [ -z "$output" ]
        [ -n "$stderr" ]
    done
}

# The life of a journal after a restored backup; closing what is not open is harmless.
@test "device sign gives the role of administrator to the province alone" {
    run --separate-stderr "$DANTIND" device sign "$FOLDER/device.csr" --data "$DATA" --sender 522 --role administrator --lang en
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ "$stderr" == *"province's alone"* ]]
}

@test "device release names a device that is in quarantine, or says that there is none" {
    run --separate-stderr "$DANTIND" device release 0123 --data "$DATA" --lang en
    [ "$status" -eq 2 ]
    run --separate-stderr "$DANTIND" device release 01234567% --data "$DATA" --lang en
    [ "$status" -eq 2 ]
    run --separate-stderr "$DANTIND" device release 0123456789abcdef --data "$DATA" --lang en
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"no device's id begins with"* ]]
}

@test "witnesses are named by code, or all" {
    run --separate-stderr "$DANTIND" witnesses --data "$DATA" --lang en
    [ "$status" -eq 2 ]
    run --separate-stderr "$DANTIND" witnesses 522,524 --data "$DATA" --lang en
    [ "$status" -eq 0 ]
    [[ "$output" == *"names 2 witnesses"* ]]
    run --separate-stderr "$DANTIND" witnesses all --data "$DATA" --lang en
    [ "$status" -eq 0 ]
    [[ "$output" == *"names 0 witnesses"* ]]
}

@test "epoch new and close" {
    run "$DANTIND" epoch new --data "$DATA" --lang en
    [ "$status" -eq 0 ]
    # Each device that was signed above is an entry.
    [[ "$output" =~ "from position "[1-9] ]]
    run "$DANTIND" epoch close --data "$DATA" --lang en
    [ "$output" = "The refill is closed." ]
    run "$DANTIND" epoch close --data "$DATA" --lang en
    [ "$status" -eq 0 ]
    [ "$output" = "No refill was open." ]
}

# Commands beside each other share one cluster and the last one stops it.
@test "commands run beside each other and leave nothing running" {
    for i in 1 2 3 4; do
        "$DANTIND" migrate --data "$DATA" >"$FOLDER/migrate.$i" 2>&1 3>&- &
    done
    wait
    [ "$(cat "$FOLDER"/migrate.? | sort -u | wc -l)" -eq 1 ]
    [ ! -e "$DATA/pg/postmaster.pid" ]
}

# The sample file is a whole configuration.
@test "check-config reads its own sample" {
    "$DANTIND" check-config --sample >"$FOLDER/sample.ini"
    run "$DANTIND" check-config --data "$DATA" --config "$FOLDER/sample.ini"
    [ "$status" -eq 0 ]
    [[ "$output" == *"listen = 0.0.0.0:7443"* ]]
}
