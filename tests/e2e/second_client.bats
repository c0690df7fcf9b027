#!/usr/bin/env bats
# The real server answers a client that shares no code with it: written in Python from docs/protocol.md alone.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
    load ../lib/province
    province_open # the journal is empty: the second client makes the tree
    enrol province --province --role clerk
}

setup() { load ../lib/province; }

teardown_file() {
    load ../lib/province
    province_stop
}

# Derived ids, envelope, payload hash, receipt and rows of the document are those of the server.
@test "second client: the province makes a tree, submits members, asks and reads the sum" {
    run --separate-stderr second_client province --make-tree 522 --count 40 --by sex
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["receipt"]["change_count"]' <<<"$output")" -eq 43 ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 40 ]
    # The state after its entry, which is the first after the device's own.
    [ "$(field 'r["answer"]["position"] - r["receipt"]["position"]' <<<"$output")" -eq 1 ]
    field 'r["cell"]' <<<"$output" >"$WORK/cell"
}

# A second session continues the chain: WELCOME's last sequence and envelope hash are enough to go on from.
@test "second client: a second session goes on where the first ended" {
    run --separate-stderr second_client province --cell "$(cat "$WORK/cell")" --count 2 --language en
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["receipt"]["sequence"]' <<<"$output")" -eq 2 ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 42 ]
}

# A sender's device works within its own subtree.
@test "second client: a sender's device submits into its own cell" {
    enrol sender --sender 522 --role clerk
    run --separate-stderr second_client sender --cell "$(cat "$WORK/cell")" --count 3
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'r["role"]' <<<"$output")" = clerk ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 45 ]
}

# A trace and a pivot as the document describes them: every record with its receipt, and the members by a condition.
@test "second client: it asks for a trace and for a pivot" {
    run --separate-stderr second_client province --count 0 --trace --pivot member --where status!=official --by sex
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(field 'sum(int(row["members"]) for row in r["answer"]["rows"])' <<<"$output")" -eq 45 ]
    [ "$(field 'len(set(row["record"] for row in r["trace"]["rows"]))' <<<"$output")" -eq 45 ]
    [ "$(field 'sorted(set(row["kind"] for row in r["trace"]["rows"]))' <<<"$output")" = "['member']" ]
    [ "$(field 'min(int(row["sequence"]) for row in r["trace"]["rows"]) > 0' <<<"$output")" = True ]
    [ "$(field 'r["pivot"]["definition"]' <<<"$output")" = pivot ]
    [ "$(field 'all(int(row["records"]) <= 45 for row in r["pivot"]["rows"])' <<<"$output")" = True ]
    run --separate-stderr second_client province --count 0 --pivot member --where religion=01
    [ "$status" -eq 1 ]
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
    mkdir -p "$WORK/identities/stranger"
    openssl req -x509 -newkey ed25519 -nodes -keyout "$WORK/identities/stranger/device.key" -subj "/CN=stranger" \
        -addext extendedKeyUsage=clientAuth -out "$WORK/identities/stranger/device.crt"
    run --separate-stderr second_client stranger --count 0
    echo "$stderr"
    [ "$status" -eq 1 ]
    [[ "$stderr" != *refused* ]] # the connection was made
}
