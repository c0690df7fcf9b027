#!/usr/bin/env bats
# A name, a card number and a passphrase go through everything a clerk does, kills and crashes included, and are then looked for in every
# byte the client left behind.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup_file() {
    load ../lib/province
    load ../lib/canary
    province_start
    export CLERK=$WORK/clerk LOGS=$WORK/clerk-logs SHEETS=$WORK/clerk-sheets CLERK_TMP=$WORK/clerk-tmp CLERK_CWD=$WORK/clerk-cwd
    mkdir "$LOGS" "$SHEETS" "$CLERK_TMP" "$CLERK_CWD"
    printf '%s\n' 'Bạch Hoàng Oanh' 'Chim Vàng Anh' '735120260017' 'câu mật của người giữ chim' 'ghi nhầm con sơn ca' >"$WORK/canaries"
    echo 'câu mật của người giữ chim' >"$WORK/clerk-passphrase"
}

setup() {
    load ../lib/province
    load ../lib/canary
}

teardown_file() {
    load ../lib/province
    province_stop
}

# clerk LOG COMMAND…: as a clerk would, in a folder of their own; what is shown goes to a log.
clerk() {
    local log=$LOGS/$1
    shift
    # Sanitizers would forbid core files and catch the signals by themselves.
    (cd "$CLERK_CWD" && ulimit -c unlimited &&
        ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}disable_coredump=0:handle_segv=0:handle_abort=0 TMPDIR=$CLERK_TMP exec "$DANTIN_BINARY_DIR/dantin" --home "$CLERK" --passphrase-file "$WORK/clerk-passphrase" "$@" </dev/null) \
        >>"$log" 2>&1 3>&-
}

# Everything the client may have written, but the spreadsheets that are the clerk's own.
search_everywhere() { canary_search "$WORK/canaries" "$CLERK" "$LOGS" "$CLERK_TMP" "$CLERK_CWD" "$WORK/serve.log"; }

members() {
    local i
    echo 'Số lý lịch,Số thẻ đảng viên,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ'
    for ((i = 0; i < $1; i++)); do
        printf '%05d,7351202600%02d,%s,01/01/1980,Nữ,03/02/2005,03/02/2006,CB1\n' "$i" $((i % 100)) \
            "$([ $((i % 2)) = 0 ] && echo 'Bạch Hoàng Oanh' || echo 'Chim Vàng Anh')"
    done
}

# The searcher must be able to fail: in each disguise it finds what is there.
@test "canary search finds a text in every form" {
    mkdir "$WORK/control"
    printf 'xx%s' 'Bạch Hoàng Oanh' >"$WORK/control/plain"
    printf '%s' 'Chim Vàng Anh' | iconv -f UTF-8 -t UTF-16LE >"$WORK/control/utf16"
    printf 'yy%s--' 'câu mật của người giữ chim' | base64 -w0 >"$WORK/control/base64"
    echo 'ghi nham con son ca' >"$WORK/control/folded"
    run canary_search "$WORK/canaries" "$WORK/control"
    echo "$output"
    [ "$status" -eq 1 ]
    for name in plain utf16 base64 folded; do [[ "$output" == *"/control/$name:"* ]]; done
    run canary_search "$WORK/canaries" "$WORK/nowhere"
    [ "$status" -eq 1 ]
}

@test "init, import, submit, search, a refusal: nothing readable is left" {
    printf '%s\n' 'Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp' 'CB1,Chi bộ Một,Chi bộ trực thuộc,522' >"$SHEETS/branches.csv"
    members 60 | awk -F, -v OFS=, 'NR > 1 { $2 = "" } NR == 3 { $2 = "735120260017" } { print }' >"$SHEETS/members.csv"
    clerk init init --kdf-cost for-tests --server "localhost:${LISTEN##*:}" --csr "$WORK/clerk.csr"
    "$DANTIND" device sign "$WORK/clerk.csr" --data "$DATA" --sender 522 --role clerk >"$WORK/clerk.crt" 2>>"$WORK/setup.log" 3>&-
    clerk install install "$WORK/clerk.crt" "$DATA/ca/ca.crt"
    clerk import import --first-load "$SHEETS/branches.csv" "$SHEETS/members.csv"
    clerk put put member file_number=99001 'name=Chim Vàng Anh' birth_date=1/5/1980 sex=Nữ admission_date=3/2/2005 \
        official_date=3/2/2006 branch.1.branch=CB1 branch.1.from=3/2/2005
    clerk submit submit
    clerk remove remove member 99001 --reason 'ghi nhầm con sơn ca'
    clerk submit submit
    clerk receipts receipts
    clerk status status
    # Not in vain: the store does hold what is looked for.
    TMPDIR=$CLERK_TMP "$DANTIN_BINARY_DIR/dantin" --home "$CLERK" --passphrase-file "$WORK/clerk-passphrase" search bach hoang oanh \
        </dev/null | grep -q 'Bạch Hoàng Oanh'
    run search_everywhere
    echo "$output"
    [ "$status" -eq 0 ]
}

# killed SIGNAL: import a big sheet, and end it while it writes. Fails when the signal came too late.
killed() {
    local shell program status=0
    touch "$WORK/before"
    clerk killed import --first-load "$SHEETS/big.csv" &
    shell=$!
    wait_until is_writing
    program=$(pgrep -P "$shell" -x dantin)
    grep -q '^Max core file size *0 *0 ' "/proc/$program/limits"
    kill "-$1" "$program"
    wait "$shell" || status=$?
    [ "$status" -gt 128 ]
}
# What the one killed before left behind is not this one's.
is_writing() { [ "$CLERK/store.db-wal" -nt "$WORK/before" ] && [ "$(stat -c %s "$CLERK/store.db-wal" 2>/dev/null || echo 0)" -gt 100000 ]; }

@test "killed and crashed in the middle: no core, no temporary file, nothing readable, and the work goes on" {
    members 8000 | awk -F, -v OFS=, 'NR > 1 { $1 = "K" $1; $2 = "" } NR % 1000 == 0 { $4 = "31/02/1980" } { print }' >"$SHEETS/big.csv"
    for signal in KILL ABRT SEGV; do
        killed "$signal"
        run search_everywhere
        echo "$signal: $output"
        [ "$status" -eq 0 ]
        [ -z "$(find "$CLERK_CWD" "$CLERK_TMP" -type f)" ]
        [ "$(find "$SHEETS" -type f | wc -l)" -eq 3 ]
    done
    clerk import import --first-load --dry-run "$SHEETS/members.csv"
    clerk status status --json
    [ "$(grep -c '"open_changes":	0' "$LOGS/status")" -ge 1 ]
}
