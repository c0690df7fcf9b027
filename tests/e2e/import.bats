#!/usr/bin/env bats
# A committee's whole sheet with one row in a hundred spoiled: every bad row comes back with its reason, every good one is counted at
# the province, and the mended error file needs no other hand.

MEMBERS=12000 # of the province; the sheet imported is the largest committee's
FAULTS='dates=0.5%,codes=0.4%,cards=0.1%,nfd=0.5%,zeros=0.5%,semicolon,bom,crlf'
SEED=${DANTIN_SEED:-1}

setup_file() {
  load ../lib/province
  province_start
  echo "DANTIN_SEED=$SEED" >&3
  "$DANTIN_BINARY_DIR/sample" --seed "$SEED" --members "$MEMBERS" --out "$WORK/sound"
  "$DANTIN_BINARY_DIR/sample" --seed "$SEED" --members "$MEMBERS" --out "$WORK/spoiled" --faults "$FAULTS"
  enrol office --sender 522 --role clerk
  province_localities "$WORK/sound" office
}

setup() {
  load ../lib/province
  sheet=$WORK/spoiled/522-members.csv
  errors=$WORK/spoiled/522-members.errors.csv
}

teardown_file() {
  load ../lib/province
  province_stop
}

# rows FILE: rows below the header.
rows() { sheets rows "$1"; }

# sheets MODE FILE…: what a spreadsheet program would be asked, with a reader that is not ours.
sheets() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import csv
import sys


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        delimiter = ";" if ";" in file.readline() else ","
        file.seek(0)
        return list(csv.reader(file, delimiter=delimiter))


def number_column(table):
    return table[0].index("Số lý lịch")


def rows(path):
    print(len(read(path)) - 1)


def bad(faults, spoiled):
    """File numbers of the rows that must fail."""
    table = read(spoiled)
    for line, _, _, expected in read(faults)[1:]:
        if expected != "repaired":
            print(table[int(line) - 1][number_column(table)])


def failed(errors):
    """File numbers in an error file; every row has a reason."""
    table = read(errors)
    reason = table[0].index("Error")
    for row in table[1:]:
        assert row[reason], row
        print(row[number_column(table)])


def mend(errors, sound, mended):
    """The error file with the cells that its rows should have had; its reasons stay where they are."""
    table, truth = read(errors), read(sound)
    by_number = {row[number_column(truth)]: dict(zip(truth[0], row)) for row in truth[1:]}
    with open(mended, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table[0])
        for row in table[1:]:
            cells = by_number[row[number_column(table)]]
            writer.writerow([cells.get(header, cell) for header, cell in zip(table[0], row)])


globals()[sys.argv[1]](*sys.argv[2:])
PYTHON
}

@test "every bad row is in the error file with a reason, every good row is counted at the province" {
  local count bad_count
  sheets bad "$sheet.faults.csv" "$sheet" | sort >"$WORK/bad"
  count=$(rows "$sheet")
  bad_count=$(wc -l <"$WORK/bad")
  echo "$count rows, $bad_count bad"
  # About one in a hundred, or the test shows little.
  [ $((bad_count * 200)) -ge "$count" ]
  sha256sum "$WORK/spoiled"/522-* >"$WORK/inputs"

  client office import --first-load "$WORK/spoiled/522-branches.csv"
  run client office import --first-load "$sheet" --json
  echo "$output"
  [ "$status" -eq 3 ]
  sheets failed "$errors" | sort | diff "$WORK/bad" -

  client office submit
  [ "$(counted)" = $((count - bad_count)) ]
  sha256sum --check --quiet "$WORK/inputs"
}

@test "the mended error file imports as it is, and nothing is overwritten" {
  local count
  count=$(rows "$sheet")
  # The same sheet again changes nothing and writes its failures beside the first ones.
  cp "$errors" "$WORK/kept"
  run client office import --first-load "$sheet"
  echo "$output"
  [ "$status" -eq 3 ]
  [[ "$output" == *" 0 new, 0 changed"* ]]
  cmp "$errors" "$WORK/kept"
  cmp "$errors" "$WORK/spoiled/522-members.errors (2).csv"

  sheets mend "$errors" "$WORK/sound/522-members.csv" "$WORK/mended.csv"
  run client office import --first-load "$WORK/mended.csv"
  echo "$output"
  [ "$status" -eq 0 ]
  client office submit
  [ "$(counted)" = "$count" ]
  [ ! -e "$WORK/mended.errors.csv" ]

  # The mended whole is the sound sheet: importing that changes nothing.
  run client office import --first-load "$WORK/sound/522-members.csv"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *" 0 new, 0 changed"* ]]
}
