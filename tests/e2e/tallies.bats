#!/usr/bin/env bats
# Many tally sheets in one file: every spoiled one is in the error file with its rule, none of the sound ones is, and what was taken
# reaches the province. DANTIN_TALLIES asks for more; bench/run tallies measures 10,000.

TALLIES=${DANTIN_TALLIES:-1500}

setup_file() {
  load ../lib/province
  province_start
  "$DANTIN_BINARY_DIR/sample" --tallies "$TALLIES" --faults 40 --out "$WORK/sheets"
  enrol office --sender 524 --role clerk
  province_localities "$WORK/sheets" office
  client office import --first-load "$WORK/sheets/524-branches.csv"
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

# Rows of the error file as "hamlet date rule…": the error names its rules in brackets.
failed() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import csv, sys


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


sheet, faults, errors = map(read, sys.argv[1:])
place, day = sheet[0].index("Thôn, tổ dân phố"), sheet[0].index("Ngày bầu cử")
wanted = {(sheet[int(row) - 1][place], sheet[int(row) - 1][day]): rule for row, fault, rule in faults[1:]}
reason = errors[0].index("Error")
found = {(row[place], row[day]): row[reason] for row in errors[1:]}
assert len(wanted) == len(faults) - 1 and len(found) == len(errors) - 1
print(f"{len(wanted)} spoiled, {len(found)} refused")
for key in sorted(wanted.keys() ^ found.keys()):
    print("only wanted" if key in wanted else "only refused", key, wanted.get(key), found.get(key))
for key in wanted.keys() & found.keys():
    if wanted[key] not in found[key]:
        print("other rule", key, wanted[key], found[key])
        found.pop(key)
sys.exit(wanted.keys() != found.keys())
PYTHON
}

@test "every spoiled sheet is refused with its rule, and no sound one" {
  run client office import --first-load "$WORK/sheets/524-tallies.csv"
  echo "$output"
  [ "$status" -eq 3 ]
  failed "$WORK/sheets/524-tallies.csv" "$WORK/sheets/524-tallies.csv.faults.csv" "$WORK/sheets/524-tallies.errors.csv"
}

@test "the sound sheets reach the province, none is refused there" {
  local result wanted
  # Branches of the cells and one row per hamlet's sheet.
  wanted=$(($(tail -n +2 "$WORK/sheets/524-branches.csv" | wc -l) + TALLIES - $(tail -n +2 "$WORK/sheets/524-tallies.csv.faults.csv" | wc -l)))
  result=$(client office submit --json)
  echo "$result"
  [ "$(field 'r["applied"]' <<<"$result")" = "$wanted" ]
}
