"""The sample's sheets as the kill campaign takes them: one row, one record, one cell; no number at two senders.

    kill_sheets.py SAMPLE SHEETS        branches, members and former of every sender, with the columns that kill_check.py compares"""
import csv, pathlib, sys

from kill_check import BRANCH, MEMBER

COLUMNS = {"branches": BRANCH, "members": MEMBER, "former": MEMBER}


def main():
    sample, sheets = map(pathlib.Path, sys.argv[1:])
    sheets.mkdir()
    for kind, columns in COLUMNS.items():
        for path in sample.glob(f"*-{kind}.csv"):
            with open(path, encoding="utf-8-sig", newline="") as lines:
                rows = list(csv.DictReader(lines))
            # Who moved to another sender has no end here, and is another sender's member too.
            rows = [row for row in rows if row.get("Ngày ra khỏi Đảng") != ""]
            headers = [header for header in rows[0] if header in columns]
            with open(sheets / path.name, "w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, headers, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)


if __name__ == "__main__":
    main()
