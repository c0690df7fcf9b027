#!/usr/bin/env bats
# The dantin program without a server: help, exit codes, JSON, files that are never overwritten.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup() {
  load ../lib/clerk
  work=$(mktemp -d)
  dantin=$(clerk_program "$work")
  export DANTIN_HOME=$work/home DANTIN_LANG=en HOME=$work
  cd "$work" || return
}

teardown() {
  cd / || return
  rm -rf "$work"
}

init() {
  clerk_init "$dantin" --server localhost:1 --csr "$work/device.csr"
}

branches() {
  printf '%s\n' 'Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp' \
    'DB,Đảng bộ xã,Đảng bộ cơ sở,522' 'CB1,Chi bộ Một,Chi bộ trực thuộc,DB' >branches.csv
}

members() {
  printf '%s\n' 'Số lý lịch,Họ và tên,Ngày sinh,Giới tính,Ngày vào Đảng,Ngày chính thức,Chi bộ' \
    '001,Nguyễn Văn A,01/02/1980,Nam,03/02/2005,03/02/2006,CB1' \
    '002,Trần Thị B,31/02/1985,Nữ,19/05/2010,19/05/2011,CB1' >members.csv
}

is_json() {
  /usr/bin/python3 -c 'import json, sys; json.load(sys.stdin)'
}

@test "help of the program and of every command, in both languages" {
  for language in vi en; do
    run "$dantin" --help --lang $language
    [ "$status" -eq 0 ]
    commands=$(printf '%s\n' "$output" | sed -n '/^  [a-z]/s/^  \([a-z]*\) .*/\1/p')
    [ "$(printf '%s\n' "$commands" | wc -l)" -eq 32 ]
    for command in $commands; do
      run "$dantin" "$command" --help --lang $language
      [ "$status" -eq 0 ]
      [[ "$output" == *"dantin $command"* ]]
      [[ "$output" == *--json* ]]
    done
  done
}

@test "the language comes from --lang, else DANTIN_LANG, else Vietnamese" {
  [[ "$("$dantin" --help)" == *Usage* ]]
  [[ "$("$dantin" --help --lang vi)" == *"Cách dùng"* ]]
  unset DANTIN_LANG
  [[ "$("$dantin" --help)" == *"Cách dùng"* ]]
}

@test "a wrong command line exits with 2 and says where to read" {
  for line in "" "nonsense" "--nonsense" "import --nonsense" "status more" "search" "report" "submit --wait" "--lang xx status"; do
    # shellcheck disable=SC2086 # words on purpose
    run "$dantin" $line
    [ "$status" -eq 2 ]
  done
  run "$dantin" init
  [ "$status" -eq 2 ]
  [[ "$output" == *--server* ]]
}

# A mistyped option is what the clerk can mend at once; whether a store is there does not matter for it.
@test "the command line is checked before the store is opened" {
  for line in import "import --reason why file.csv" "import --reference --first-load file.csv" "import --reference --kind member" \
    "submit --wait soon" "search --limit 0 nguyen" "report composition --by ," "report composition --by a,b,c,d,e,f,g" \
    "import --kind nonsense file.csv" "export nonsense" "report composition --date 31/02/2024" "report composition --position -1"; do
    # shellcheck disable=SC2086 # words on purpose
    run "$dantin" $line
    [ "$status" -eq 2 ]
    [[ "$output" != *"dantin init"* ]]
  done
}

@test "before init every command says to run init" {
  run "$dantin" status
  [ "$status" -eq 1 ]
  [[ "$output" == *"dantin init"* ]]
}

@test "init makes a private key nobody else can read, and never twice" {
  init
  [ -s device.csr ]
  [ "$(stat -c %a "$DANTIN_HOME/persons/main/device.key")" = 600 ]
  before=$(sha256sum "$DANTIN_HOME/persons/main/device.key")
  run init
  [ "$status" -ne 0 ]
  [ "$before" = "$(sha256sum "$DANTIN_HOME/persons/main/device.key")" ]
}

@test "good rows are imported, bad ones go to an error file, exit 3; mended it imports" {
  init
  branches
  members
  "$dantin" import branches.csv
  run "$dantin" import members.csv
  [ "$status" -eq 3 ]
  [ -s members.errors.csv ]
  grep -q '31/02/1985' members.errors.csv
  [ "$(head -c 3 members.errors.csv | od -An -tx1 | tr -d ' ')" = efbbbf ]
  sed 's,"*31/02/1985,28/02/1985,' members.errors.csv >mended.csv
  run "$dantin" import mended.csv
  [ "$status" -eq 0 ]
  run "$dantin" search tran thi b
  [[ "$output" == *"Trần Thị B"* ]]
  # A branch has a code, and no card.
  run "$dantin" --json search "chi bo mot"
  [[ "$output" == *'"card_number":	""'* ]]
  [[ "$output" == *'"code":	"CB'* ]]
}

@test "no file is ever overwritten" {
  init
  branches
  members
  "$dantin" import branches.csv
  echo mine >members.errors.csv
  run "$dantin" import members.csv
  [ "$(cat members.errors.csv)" = mine ]
  [ -s "members.errors (2).csv" ]
  echo mine >branch.csv
  "$dantin" export branch
  [ "$(cat branch.csv)" = mine ]
  [ -s "branch (2).csv" ]
}

@test "a dry run changes nothing" {
  init
  branches
  "$dantin" import --dry-run branches.csv
  run "$dantin" --json status
  [[ "$output" == *'"open_changes":	0'* ]]
}

@test "an export imports as it is and changes nothing" {
  init
  branches
  "$dantin" import branches.csv
  "$dantin" export branch out.csv
  run "$dantin" import out.csv
  [ "$status" -eq 0 ]
  [[ "$output" == *" 0 new, 0 changed, 20 unchanged, 0 failed"* ]]
}

@test "a file that cannot be imported at all exits with 1 and says so" {
  init
  run "$dantin" import nothing.csv
  [ "$status" -eq 1 ]
  [[ "$output" == *nothing.csv* ]]
  printf 'PK\003\004rest' >book.xlsx
  run "$dantin" import book.xlsx
  [ "$status" -eq 1 ]
  [[ "$output" == *"CSV UTF-8"* ]]
}

@test "--json prints one valid document whatever happens" {
  init
  branches
  members
  "$dantin" --json import branches.csv members.csv | is_json
  for line in status "search tran" receipts "receipts --refused r.csv" "export member" "submit --seal-only" doctor \
    "import nothing.csv" "report member_ratio" submit; do
    # shellcheck disable=SC2086 # words on purpose
    "$dantin" --json $line 2>/dev/null | is_json
  done
  for line in "--json nonsense" "import --nonsense --json" "--json search" "submit --json --wait soon"; do
    # shellcheck disable=SC2086 # words on purpose
    "$dantin" $line 2>/dev/null | is_json
  done
}

# A program must learn of the files that were imported before the one that failed.
@test "--json tells of the files imported before a failure" {
  init
  branches
  run --separate-stderr "$dantin" --json import branches.csv nothing.csv
  [ "$status" -eq 1 ]
  [[ "$output" == *'"file":	"branches.csv"'* ]]
  [[ "$output" == *'"error"'* ]]
}

@test "submitting without a certificate fails and keeps everything" {
  init
  branches
  "$dantin" import branches.csv
  run "$dantin" submit --wait 1
  [ "$status" -ne 0 ]
  run "$dantin" --json status
  [[ "$output" == *'"sealed_waiting":	1'* ]]
}
