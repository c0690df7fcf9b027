#!/usr/bin/env bats
# Many tally sheets in one file: every spoiled one is in the error file with its rule, none of the sound ones is, and what was taken
# reaches the province. DANTIN_TALLIES asks for more; bench/run tallies measures 10,000.

TALLIES=${DANTIN_TALLIES:-1500}

setup_file() {
  load ../lib/province
  province_start
  "$DANTIN_BINARY_DIR/sample" --tallies "$TALLIES" --faults 40 --out "$WORK/sheets"
  enrol office --sender 524 --role clerk
  enrol second --sender 524 --role approver
  province_localities "$WORK/sheets" office
  client office import --first-load "$WORK/sheets/524-branches.csv"
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

@test "every spoiled sheet is refused with its rule, and no sound one" {
  run client office import --first-load "$WORK/sheets/524-tallies.csv"
  echo "$output"
  [ "$status" -eq 3 ]
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/lib/tally_faults.py" "$WORK/sheets/524-tallies.csv" \
    "$WORK/sheets/524-tallies.csv.faults.csv" "$WORK/sheets/524-tallies.errors.csv"
}

@test "the sound sheets reach the province, none is refused there" {
  local result wanted
  # Branches of the cells are applied; one row per hamlet's sheet waits for the second person.
  wanted="$(tail -n +2 "$WORK/sheets/524-branches.csv" | wc -l) $((TALLIES - $(tail -n +2 "$WORK/sheets/524-tallies.csv.faults.csv" | wc -l)))"
  result=$(client office submit --json)
  echo "$result"
  [ "$(field 'r["applied"], r["waiting"]' <<<"$result")" = "$wanted" ]
}

@test "the second person approves all of them, and they count" {
  local result wanted
  wanted=$((TALLIES - $(tail -n +2 "$WORK/sheets/524-tallies.csv.faults.csv" | wc -l)))
  client second approve --all >"$WORK/approve.log"
  result=$(client second submit --json)
  echo "$result"
  [ "$(field 'r["applied"], r["refused"]' <<<"$result")" = "$wanted 0" ]
  [ "$(sql 'select count(*) from dantin.tally')" = "$wanted" ]
}
