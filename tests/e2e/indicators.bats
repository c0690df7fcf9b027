#!/usr/bin/env bats
# Every indicator against a province small enough to count by hand: tests/indicators/fixture is imported, submitted and asked for.
# tests/indicators/expected/<id>.txt: a line "$ options of dantin report <id>", the rows it gives as CSV, comments with "#" that say
# how they were counted; more such blocks may follow.

setup_file() {
  load ../lib/province
  province_open
  enrol province --province --role administrator --exact
  local sheet
  for sheet in "$DANTIN_SOURCE_DIR"/tests/indicators/fixture/*.csv; do
    cp "$sheet" "$WORK/"
    client province import --first-load "$WORK/${sheet##*/}" >"$WORK/import.log" || { cat "$WORK/import.log" "$WORK"/*.errors.csv; return 1; }
    ls "$WORK"/*.errors.csv >/dev/null 2>&1 && { cat "$WORK"/*.errors.csv; return 1; }
  done
  client province submit >"$WORK/submit.log"
  # Tally sheets, targets and reports count when a second person has approved them.
  enrol second --province --role approver
  client second approve --all >"$WORK/approve.log"
  client second submit >>"$WORK/approve.log"
}

setup() { load ../lib/province; }

teardown_file() {
  load ../lib/province
  province_stop
}

# check_block ID OPTIONS ROWS: what the province answers is what was counted.
check_block() {
  local answer
  # shellcheck disable=SC2086 # options are words
  answer=$(client province report "$1" $2 --csv | tr -d '\r' | sed '1s/^\xef\xbb\xbf//' | grep -v '^#' | tail -n +2)
  diff <(printf '%s' "$3") <(printf '%s\n' "$answer" | grep .) || { echo "dantin report $1 $2"; return 1; }
}

@test "every indicator answers what was counted by hand" {
  local file id line options rows failed=0
  for file in "$DANTIN_SOURCE_DIR"/sql/indicators/*.sql; do
    id=$(basename "$file" .sql)
    options='' rows=''
    while IFS= read -r line; do
      case $line in
        '#'* | '') ;;
        '$ '*)
          [ -z "$options" ] || check_block "$id" "$options" "$rows" || failed=1
          options=${line#\$ } rows= ;;
        *) rows+=$line$'\n' ;;
      esac
    done <"$DANTIN_SOURCE_DIR/tests/indicators/expected/$id.txt"
    [ -n "$options" ] || { echo "$id: no expectation"; failed=1; continue; }
    check_block "$id" "$options" "$rows" || failed=1
  done
  [ "$failed" = 0 ]
}
