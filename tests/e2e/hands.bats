#!/usr/bin/env bats
# Hands-on work in the client's own store, without a server: what the rules are, looking records up, entering and removing them.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup() {
  dantin=$DANTIN_BINARY_DIR/dantin
  work=$(mktemp -d)
  export DANTIN_HOME=$work/home DANTIN_LANG=en HOME=$work
  cd "$work" || return
}

teardown() {
  cd / || return
  rm -rf "$work"
}

# field PYTHON-EXPRESSION-OVER-r: of the JSON on standard input.
field() { /usr/bin/python3 -c "import json, sys; r = json.load(sys.stdin); print($1)"; }

# The rules are the program's, so no home is needed; a kind's table holds what is true of every kind too.
@test "rules prints the table, of all kinds or one, also as CSV and JSON" {
  run "$dantin" rules
  [ "$status" -eq 0 ]
  [[ "$output" == *"member.official_date · "* ]]
  run "$dantin" rules member --lang vi
  [ "$status" -eq 0 ]
  [[ "$output" == *"record.required · mọi loại · lỗi"* ]]
  [[ "$output" == *"member.official_date · Đảng viên · "* ]]
  [[ "$output" != *"branch."* ]]
  [ "$("$dantin" rules member --json | field 'sorted({rule["kind"] for rule in r["rules"]})')" = "['', 'member']" ]
  [ "$("$dantin" rules --json | field 'len(r["rules"])')" = "$(grep -c '^\*\*' "$DANTIN_SOURCE_DIR/docs/rules.md")" ]
  "$dantin" rules --csv >rules.csv
  [ "$(/usr/bin/python3 -c 'import csv; print(len(list(csv.reader(open("rules.csv", encoding="utf-8-sig", newline="")))))')" = \
    "$(($("$dantin" rules --json | field 'len(r["rules"])') + 1))" ]
  run "$dantin" rules nonsense
  [ "$status" -eq 2 ]
  [ ! -e "$work/home" ]
}
