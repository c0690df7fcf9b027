#!/usr/bin/env bats
# The time line of an election, in the store on one PC: no server is needed.

setup_file() {
  load ../lib/clerk
  export DANTIN DANTIN_LANG=en DANTIN_HOME EXAMPLES=${DANTIN_SOURCE_DIR:?the source folder}/docs/examples
  DANTIN_HOME=$(mktemp -d /tmp/dantin-elections.XXXXXX)/home
  DANTIN=$(clerk_program "${DANTIN_HOME%/home}")
  clerk_init "$DANTIN" --server localhost:1 --csr "${DANTIN_HOME%/home}/device.csr"
  local kind
  for kind in locality branch member election election.stage tally congress_ballot; do
    "$DANTIN" import --first-load "$EXAMPLES/$kind.csv"
  done
}

teardown_file() { rm -rf "${DANTIN_HOME%/home}"; }

field() { /usr/bin/python3 -c "import json, sys; r = json.load(sys.stdin); print($1)"; }

# What a person asks first: what was done, who is elected by the whole hamlet's half, what comes next.
@test "a case by its hamlet's name: stages, sheet, winner, what is due" {
  run "$DANTIN" election "thon suoi mau"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"2022-05-30  Recognition"* ]]
  [[ "$output" == *"counted of 310, 156 votes needed"* ]]
  [[ "$output" == *"Elected: Nguyễn Văn Mẫu"* ]]
  [[ "$output" == *"What is due next"*"Introduction to the congress"* ]]
  run "$DANTIN" election "Thôn Suối Mẫu" --lang vi
  [[ "$output" == *"Trúng cử: Nguyễn Văn Mẫu"* ]]
}

# Programs read the same as one document; the record id finds the same case as the hamlet and the date of a stage.
@test "as JSON, by record id and by date" {
  local id
  id=$("$DANTIN" election "Thôn Suối Mẫu" --json | field 'r["id"]')
  [ "$("$DANTIN" election "$id" --json | field 'len(r["stages"])')" = 10 ]
  [ "$("$DANTIN" election "Thôn Suối Mẫu" --date 22/05/2022 --json | field 'r["sheets"][0]["needed"]')" = 156 ]
  [ "$("$DANTIN" election "Thôn Suối Mẫu" --json | field 'r["due"][0]["stage"], r["findings"]')" = 'introduction []' ]
}

# Before its first stage there is no case; unknown hamlets, ambiguous names and wrong dates are told apart.
@test "what is not there is said" {
  run "$DANTIN" election "Thôn Suối Mẫu" --date 01/01/2020
  [ "$status" -eq 1 ]
  [[ "$output" == *"has no election case"* ]]
  run "$DANTIN" election "Thôn Không Có"
  [ "$status" -eq 1 ]
  [[ "$output" == *"No election case and no hamlet"* ]]
  run "$DANTIN" election "Thôn Suối Mẫu" --date soon
  [ "$status" -eq 2 ]
  run "$DANTIN" election
  [ "$status" -eq 2 ]
}

# A planned meeting under Decree 59: the deadlines before it, with their dates; and what a rule has against it.
@test "a planned meeting: deadlines and warnings" {
  "$DANTIN" put election "locality=Thôn Đồi Mẫu" branch=VD-2 term_from=01/07/2024 \
    stage.1.type=hold_decision stage.1.date=20/05/2024 stage.2.type=election stage.2.date=02/06/2024 --reason "theo kế hoạch của xã"
  run "$DANTIN" election "Thôn Đồi Mẫu"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"(election.deadline_hold_decision)"* ]]
  [[ "$output" == *"Front consultation (form 05): was due by 2024-05-18"* ]]
  [[ "$output" == *"Notice of the meeting (form 01): was due by 2024-05-31"* ]]
}

# The worked example: 110 votes are more than half of those who came, and not of the 310 of the hamlet. Its sheet names no case and is found
# by hamlet and day.
@test "a sheet of the day, whose leader is not elected" {
  "$DANTIN" put election "locality=Thôn Đồi Mẫu" branch=VD-2 term_from=01/06/2022 \
    stage.1.type=election stage.1.date=22/05/2022 stage.1.outcome=failed --reason "danh sách ở xã"
  run "$DANTIN" election "Thôn Đồi Mẫu" --date 22/05/2022
  echo "$output"
  [[ "$output" == *"216 took part, counted of 310, 156 votes needed; 210 valid, 6 invalid"* ]]
  [[ "$output" == *"Nobody elected; most votes: Hồ Văn Mẫu, 110"* ]]
  [[ "$output" == *"Result sent to the commune"* ]]
}

# A stage out of order does not get in by hand, and the sentence says what must come first.
@test "recognition before the election is refused" {
  run "$DANTIN" put election "locality=Thôn Đồi Mẫu" term_from=01/07/2024 stage.3.type=recognition stage.3.date=01/06/2024 \
    --reason "thử"
  echo "$output"
  [ "$status" -ne 0 ]
  [[ "$output" == *"out of order"* ]]
}
