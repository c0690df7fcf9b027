#!/usr/bin/python3
"""tally_faults.py SHEET FAULTS ERRORS: does the error file of an import of tally sheets hold the sheets that `sample --tallies`
spoiled, each with the rule that must refuse it, and no other? Prints the counts and every difference; exit 1 on one."""
import csv
import sys


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def main():
    sheet, faults, errors = map(read, sys.argv[1:])
    place, day = sheet[0].index("Thôn, tổ dân phố"), sheet[0].index("Ngày bầu cử")
    reason = errors[0].index("Error")
    wanted = {(sheet[int(row) - 1][place], sheet[int(row) - 1][day]): rule for row, _, rule in faults[1:]}
    found = {(row[place], row[day]): row[reason] for row in errors[1:]}
    assert len(wanted) == len(faults) - 1 and len(found) == len(errors) - 1
    differences = [("only wanted", key, wanted[key]) for key in sorted(wanted.keys() - found.keys())]
    differences += [("only refused", key, found[key]) for key in sorted(found.keys() - wanted.keys())]
    differences += [
        ("other rule", key, wanted[key], found[key])
        for key in sorted(wanted.keys() & found.keys())
        if f"[{wanted[key]}]" not in found[key]
    ]
    print(f"{len(wanted)} spoiled, {len(found)} refused, {len(differences)} differences")
    for difference in differences:
        print(*difference)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
