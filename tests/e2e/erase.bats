#!/usr/bin/env bats
# A person asks to be forgotten: what identifies is gone from tables and payloads, the counts and every proof stay. One province for
# the file; the tests build on each other.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

CANARY="Cao Thị Sơn Ca Hót"

setup_file() {
  load ../lib/province
  province_start
  enrol first --sender 522 --role clerk
  sheet_branches "$WORK/branches.csv" 522
  sheet_members "$WORK/members.csv" 1 30
  client first import --first-load "$WORK/branches.csv" "$WORK/members.csv"
  client first submit
  # The same person again under another name: a second version, and the one to forget.
  /usr/bin/python3 - "$WORK/members.csv" "$WORK/renamed.csv" "Cao Thị Sơn Ca Hót" <<'PY'
import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8")))
name = [i for i, title in enumerate(rows[0]) if title in ("Họ và tên", "name")][0]
rows[1][name] = sys.argv[3]
csv.writer(open(sys.argv[2], "w", encoding="utf-8", newline="")).writerows(rows[:2])
PY
  client first import "$WORK/renamed.csv"
  client first submit
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

person() { sql "select replace(id::text, '-', '') from dantin.member where name = '$CANARY'"; }
figures() { client province report composition --by sex --csv; client province report member_ratio --csv; }
log_key() { openssl pkey -in "$DATA/receipt.key" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }

@test "without a person or a decision nothing is erased" {
  run --separate-stderr "$DANTIND" erase --data "$DATA" --lang en 3>&-
  [ "$status" -eq 2 ]
  run --separate-stderr "$DANTIND" erase "$(person)" --data "$DATA" --lang en 3>&-
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--decision is needed"* ]]
  run --separate-stderr "$DANTIND" erase 00112233445566778899aabbccddeeff --decision "12-QĐ/TU" --data "$DATA" --lang en 3>&-
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"no change of this record"* ]]
}

@test "erased: no name and no number anywhere, the codes that counts use as they were" {
  local id
  id=$(person)
  [ -n "$id" ]
  grep -r -q -a -F "$CANARY" "$DATA/pg" # else the test below shows nothing
  echo "$id" >"$WORK/person"
  figures >"$WORK/before.csv"
  sql "select admission_date, sex, date_trunc('year', birth_date)::date from dantin.member where id = '$id'" >"$WORK/codes"
  run "$DANTIND" erase "$id" --decision "12-QĐ/TU ngày 24/11/2026" --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"2 versions keep the codes"* && "$output" == *"2 submissions were rewritten"* ]]
  figures >"$WORK/after.csv"
  # The position of the answer moved on; the figures did not.
  diff <(grep -v -i position "$WORK/before.csv") <(grep -v -i position "$WORK/after.csv")
  [ "$(sql "select admission_date, sex, birth_date from dantin.member where id = '$id'")" = "$(cat "$WORK/codes")" ]
  [ "$(sql "select count(*) from dantin.member_version where id = '$id' and (name is not null or card_number is not null
    or card_number_blind is not null or file_number is not null or file_number_blind is not null)")" = 0 ]
  [ "$(sql "select count(*) from dantin.member where id = '$id'")" = 1 ]
}

@test "every proof still holds, and nothing of the person is in an export" {
  run "$DANTIND" audit replay --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -eq 0 ]
  "$DANTIND" journal export "$WORK/export" --data "$DATA" --lang en 3>&-
  run "$DANTIN_BINARY_DIR/dantin-verify" "$WORK/export" --log-key "$(log_key)" --lang en
  echo "$output"
  [ "$status" -eq 0 ]
  run /usr/bin/python3 - "$WORK/export" "$CANARY" <<'PY'
import pathlib, sys, zstandard
needle = sys.argv[2].encode()
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    if not path.is_file():
        continue
    data = path.read_bytes()
    found = needle in data
    at = data.find(b"\x28\xb5\x2f\xfd")
    while at >= 0 and not found:
        try:
            found = needle in zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
        except zstandard.ZstdError:
            pass
        at = data.find(b"\x28\xb5\x2f\xfd", at + 1)
    if found:
        sys.exit(f"the name is in {path}")
PY
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "PostgreSQL's files hold nothing of the person any more: rows, statistics, write-ahead log" {
  [ "$(sql "select count(*) from dantin.erasure where not is_scrubbed")" = 0 ]
  run grep -r -l -a -F "$CANARY" "$DATA"
  echo "$output"
  [ "$status" -eq 1 ]
}

@test "an erasure that was cut is carried out before the next start serves" {
  sql "update dantin.erasure set is_done = false"
  province_halt
  province_serve
  [ "$(sql "select count(*) from dantin.erasure where not is_done")" = 0 ]
  grep -q "event=erasures done=1 left=0" "$WORK/serve.log"
}

@test "what is submitted of the person afterwards is erased by a second decision" {
  client first import "$WORK/renamed.csv" || true
  client first submit || true
  run "$DANTIND" erase "member/$(cat "$WORK/person")" --decision "13-QĐ/TU" --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(sql "select count(*) from dantin.member_version where id = '$(cat "$WORK/person")' and name is not null")" = 0 ]
  run "$DANTIND" audit replay --data "$DATA" --lang en 3>&-
  echo "$output"
  [ "$status" -eq 0 ]
}
