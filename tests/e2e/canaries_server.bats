#!/usr/bin/env bats
# Names and numbers go through everything a server does, crashes, a backup and an exchange of keys included. Names are then looked for in
# logs, on the line, in backups and core files; numbers in every byte of the server's folder too: heap, WAL, statistics.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

NAMES=('Bạch Hoàng Oanh' 'Chim Vàng Anh')
NUMBERS=(73512601 73512602 8135126001 8135126002)

setup_file() {
    load ../lib/province
    load ../lib/canary
    province_start
    export CAPTURE=$WORK/capture PROXY_PORT=$WORK/proxy.port
    /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/lib/recording_proxy.py" "${LISTEN##*:}" "$CAPTURE" "$PROXY_PORT" 3>&- </dev/null &
    echo $! >"$WORK/proxy.pid"
    wait_until test -s "$PROXY_PORT"
    printf '%s\n' "${NUMBERS[@]}" >"$WORK/numbers"
    printf '%s\n' "${NAMES[@]}" "${NUMBERS[@]}" >"$WORK/canaries"
    operator key recipient "$WORK/officer" >/dev/null
}

setup() {
    load ../lib/province
    load ../lib/canary
}

teardown_file() {
    load ../lib/province
    kill "$(cat "$WORK/proxy.pid")" || true
    province_stop
}

operator() { "$DANTIND" "$@" --lang en; }

# via_proxy HOME OPTION…: enrolled with the proxy as its server.
via_proxy() {
    local home=$1
    shift
    {
        client "$home" init --kdf-cost for-tests --server "localhost:$(cat "$PROXY_PORT")" --csr "$WORK/$home.csr"
        "$DANTIND" device sign "$WORK/$home.csr" --data "$DATA" "$@" >"$WORK/$home.crt"
        client "$home" install "$WORK/$home.crt" "$DATA/ca/ca.crt"
    } >>"$WORK/setup.log" 2>&1 3>&-
}

members() {
    echo 'Số lý lịch,Số thẻ đảng viên,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ'
    printf '%s,%s,%s,01/01/1980,Nữ,03/02/2005,03/02/2006,CB1\n' "${NUMBERS[2]}" "${NUMBERS[0]}" "${NAMES[0]}" \
        "${NUMBERS[3]}" "${NUMBERS[1]}" "${NAMES[1]}"
}

# The logs of both programs and the line; "everything" once PostgreSQL has written all it has.
search_logs() { canary_search "$WORK/canaries" "$WORK/serve.log" "$DATA/pg/log" "$CAPTURE" "$WORK"/*.backup; }

@test "submissions, a conflict, a number used twice, questions: nothing readable in logs and on the line" {
    via_proxy here --sender 522 --role clerk
    via_proxy there --sender 522 --role clerk
    via_proxy other --sender 524 --role clerk
    sheet_branches "$WORK/branches.csv" 522
    sheet_branches "$WORK/others.csv" 524
    members >"$WORK/members.csv"
    client here import --first-load "$WORK/branches.csv" "$WORK/members.csv"
    client here submit
    # The body of a conflict travels back with its numbers.
    client here export branch "$WORK/there-branches.csv"
    client here export member "$WORK/there.csv"
    sed -i "s/${NAMES[0]},/${NAMES[1]},/" "$WORK/there.csv"
    client there import --first-load "$WORK/there-branches.csv" "$WORK/there.csv"
    run client there submit
    [ "$status" -eq 3 ]
    run client there receipts --refused "$WORK/refused.csv"
    grep -q "${NAMES[0]}" "$WORK/refused.csv"
    # A card that another sender's member bears is warned of, by its number's blind index.
    sed "s/${NUMBERS[2]}/9900990099/; s/${NUMBERS[3]}/9900990098/" "$WORK/members.csv" >"$WORK/twice.csv"
    client other import --first-load "$WORK/others.csv" "$WORK/twice.csv"
    client other submit
    client province report duplicate_numbers --csv | grep -c 'Card number' | grep -qx 4
    client province report composition --by sex --csv >/dev/null
    operator backup "$WORK/one.backup" --to "$WORK/officer.pub" --data "$DATA"
    operator key rotate --master --data "$DATA"
    operator backup "$WORK/two.backup" --to "$WORK/officer.pub" --data "$DATA"
    [ "$(stat -c %s "$CAPTURE")" -gt 5000 ]
    run search_logs
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "crashed server and crashed PostgreSQL: no core file, nothing readable in the logs" {
    local backend
    ulimit -c unlimited
    grep -q '^Max core file size *0 *0 ' "/proc/$(server_pid)/limits"
    grep -q '^Max core file size *0 *0 ' "/proc/$(head -n 1 "$DATA/pg/postmaster.pid")/limits"
    backend=$(sql "select pid from pg_stat_activity where usename = 'dantin_ingest' limit 1")
    kill -SEGV "$backend"
    wait_until ready
    kill -KILL "$(server_pid)"
    wait_until gone "$(server_pid)"
    province_serve
    [ -z "$(find "$WORK" / -maxdepth 1 -name 'core*' -newer "$WORK/numbers" -type f)" ]
    [ -z "$(find "$WORK" -name 'core' -o -name 'core.[0-9]*')" ]
    run search_logs
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "numbers are in no byte of the server's folder: heap, WAL, statistics, temporary files" {
    # Not in vain: names do stand in the heap, and statistics were made of what the tables hold.
    sql 'analyze; checkpoint'
    [ "$(sql "select count(*) > 0 from pg_stats where tablename = 'member' and schemaname = 'dantin'")" = t ]
    province_halt
    grep -r -a -q "${NAMES[0]}" "$DATA/pg/base"
    run canary_search "$WORK/numbers" "$DATA" "$WORK/serve.log" "$CAPTURE" "$WORK"/*.backup
    echo "$output"
    province_serve
    [ "$status" -eq 0 ]
}
