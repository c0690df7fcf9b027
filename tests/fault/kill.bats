#!/usr/bin/env bats
# Seventeen senders at work while clients, server and PostgreSQL are killed at random moments, each at least fifty times. In the end
# the province holds what was imported, once, and every receipt fits the journal. DANTIN_SEED repeats a schedule.

load ../lib/province

MEMBERS=3400

setup_file() {
  local code first
  province_start
  "$DANTIN_BINARY_DIR/sample" --out "$WORK/sample" --members "$MEMBERS" --since 2024-12-01
  /usr/bin/python3 "$DANTIN_SOURCE_DIR/tests/fault/kill_sheets.py" "$WORK/sample" "$WORK/sheets"
  for code in $(cd "$WORK/sheets" && for sheet in *-branches.csv; do echo "${sheet%-branches.csv}"; done); do
    enrol "sender-$code" --sender "$code" --role clerk &
    # Two at once: as many as the machine has cores.
    [ -n "${first:-}" ] || { first=$!; continue; }
    wait "$first"
    first=$!
  done
  wait "$first"
  # shellcheck disable=SC2046  # one home per word
  province_localities "$WORK/sample" $(find "$WORK" -maxdepth 1 -type d -name 'sender-*' -printf '%f\n')
  # From here on the campaign starts and kills it.
  province_halt
}

teardown_file() { province_stop; }

@test "clients, server and PostgreSQL killed at random: nothing lost, nothing twice, every receipt true" {
  local folder=$DANTIN_SOURCE_DIR/tests/fault log
  if ! /usr/bin/python3 "$folder/kill_campaign.py" "$WORK/sheets" 3>&-; then
    tail -n 5 "$WORK"/sender-*.log "$WORK/serve.log"
    return 1
  fi
  province_serve
  /usr/bin/python3 "$folder/kill_check.py" "$WORK/sheets" 3>&-
  for log in "$WORK"/*.log; do
    ! grep -H 'AddressSanitizer\|LeakSanitizer\|runtime error\|assertion' "$log"
  done
}
