#!/usr/bin/env bats
# Passphrases at the program: typed on a terminal, read from a file, changed, forgotten.

# shellcheck disable=SC2154  # stderr is set by run --separate-stderr
bats_require_minimum_version 1.5.0

setup() {
  load ../lib/clerk
  work=$(mktemp -d)
  export DANTIN_HOME=$work/home DANTIN_LANG=en HOME=$work
  dantin=$DANTIN_BINARY_DIR/dantin
  clerk=$(clerk_program "$work")
  echo 'một câu hoàn toàn khác' >"$work/other"
  cd "$work" || return
}

teardown() {
  cd / || return
  rm -rf "$work"
}

init() { clerk_init "$clerk" --server localhost:1 --csr "$work/device.csr" "$@" 2>/dev/null; }
code_in() { grep -Eo '([0-9A-Z]{4}-){6}[0-9A-Z]{4}'; }

# on_terminal ANSWERS COMMAND…: the command on a terminal of its own; each answer (lines of the file) is typed when it asks. Prints
# everything the terminal showed.
on_terminal() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import os, pty, select, sys, time
answers = open(sys.argv[1], "rb").read().splitlines(keepends=True)
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
asked = 0
end = time.monotonic() + 60
while time.monotonic() < end:
    if select.select([master], [], [], 0.1)[0]:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if answers and shown.endswith(b": ") and shown.count(b": ") > asked:
            asked = shown.count(b": ")
            os.write(master, answers.pop(0))
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}

# The key is the person's: a command that nobody can be asked for and that has no file ends with one sentence and makes nothing.
@test "without a terminal and without a file there is one clear sentence" {
  run setsid -w "$dantin" init --server localhost:1 --csr "$work/device.csr" </dev/null
  [ "$status" -eq 1 ]
  [[ "$output" == *--passphrase-file* ]]
  [ ! -e "$work/device.csr" ]
  [ ! -e "$work/home/persons/main/device.key" ]
  init >/dev/null
  run --separate-stderr setsid -w "$dantin" status </dev/null
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
  [[ "$stderr" == *--passphrase-file* ]]
  run setsid -w "$dantin" status --passphrase-file nowhere </dev/null
  [ "$status" -eq 1 ]
  [[ "$output" == *nowhere* ]]
}

@test "a short passphrase makes no key; standard input and a descriptor serve as files" {
  echo short >"$work/short"
  run "$dantin" init --server localhost:1 --csr "$work/device.csr" --passphrase-file "$work/short"
  [ "$status" -eq 2 ]
  [ ! -e "$work/home/persons/main/device.key" ]
  init >/dev/null
  "$dantin" status --passphrase-file - <"$work/passphrase"
  "$dantin" status --passphrase-file /dev/fd/9 9<"$work/passphrase"
  run "$dantin" status --passphrase-file - <"$work/other"
  [ "$status" -eq 1 ]
  [[ "$output" == *"dantin recover"* ]]
}

# What is typed must not be seen, neither by who stands behind the clerk nor in the terminal's history.
@test "typed on a terminal: asked twice for a new one, again after a slip, and never shown" {
  printf '%s\n' 'short' 'một câu hoàn toàn khác' 'và một câu nữa' 'một câu hoàn toàn khác' 'một câu hoàn toàn khác' >answers
  run on_terminal answers "$dantin" init --server localhost:1 --csr "$work/device.csr" --kdf-cost for-tests
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"Too short"* ]]
  [[ "$output" == *"The two differ"* ]]
  [[ "$output" != *câu* ]]
  printf '%s\n' 'một câu' 'một câu hoàn toàn khác' >answers
  run on_terminal answers "$dantin" status
  [ "$status" -eq 0 ]
  [[ "$output" == *"Passphrase of main: "*"Wrong"*"no certificate yet"* ]]
  [[ "$output" != *câu* ]]
}

@test "the passphrase is changed by who knows it" {
  init >/dev/null
  run "$dantin" passphrase change --passphrase-file "$work/other" --new-passphrase-file "$work/other" --kdf-cost for-tests
  [ "$status" -eq 1 ]
  "$dantin" passphrase change --passphrase-file "$work/passphrase" --new-passphrase-file "$work/other" --kdf-cost for-tests
  run "$clerk" status
  [ "$status" -eq 1 ]
  "$dantin" status --passphrase-file "$work/other"
}

@test "the recovery code sets a new passphrase; a new code takes the old one's place" {
  init | code_in >"$work/code"
  [ "$(wc -l <"$work/code")" -eq 1 ]
  tr 'A-Z-' 'a-z ' <"$work/code" >"$work/typed"
  "$dantin" recover --code "$work/typed" --new-passphrase-file "$work/other" --kdf-cost for-tests
  run "$clerk" status
  [ "$status" -eq 1 ]
  "$dantin" --passphrase-file "$work/other" passphrase new-code --kdf-cost for-tests | code_in >"$work/newer"
  run "$dantin" recover --code "$work/code" --new-passphrase-file "$work/passphrase" --kdf-cost for-tests
  [ "$status" -eq 1 ]
  "$dantin" recover --code "$work/newer" --new-passphrase-file "$work/passphrase" --kdf-cost for-tests
  "$clerk" status
  echo 'ABCD-EFGH' >"$work/newer"
  run "$dantin" recover --code "$work/newer" --new-passphrase-file "$work/passphrase"
  [ "$status" -eq 1 ]
  [[ "$output" == *"28 characters"* ]]
}

# A second person of the PC works on the same records with a passphrase of their own; whose turn it is must be said.
@test "a second person is let in by the first, and shares the records" {
  init --person lan >/dev/null
  printf '%s\n' 'Mã tổ chức,Tên tổ chức đảng,Loại tổ chức đảng,Cấp trên trực tiếp' 'CB1,Chi bộ Hoa Mai,Chi bộ trực thuộc,522' >branches.csv
  "$clerk" import branches.csv
  run "$clerk" person add an --new-passphrase-file "$work/other" --kdf-cost for-tests
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *WARNING* ]]
  [ -s an.csr ]
  [ "$(code_in <<<"$output" | wc -l)" -eq 1 ]
  [ "$("$dantin" person list | tr '\n' ' ')" = "an lan " ]
  run "$clerk" status
  [ "$status" -eq 1 ]
  [[ "$output" == *--person* ]]
  run "$clerk" --person an status
  [ "$status" -eq 1 ]
  run "$dantin" --person an --passphrase-file "$work/other" search hoa mai
  [[ "$output" == *"Chi bộ Hoa Mai"* ]]
  "$dantin" --person an --passphrase-file "$work/other" --json status | grep -q '"open_changes":	0'
  "$clerk" --person lan --json status | grep -q '"open_changes":	1'
  run "$clerk" --person lan person add an --new-passphrase-file "$work/other"
  [ "$status" -eq 1 ]
  for line in "person" "person add" "person list an" "person nonsense"; do
    # shellcheck disable=SC2086 # words on purpose
    run "$clerk" --person lan $line
    [ "$status" -eq 2 ]
  done
  run "$clerk" --person lan person add ../evil --new-passphrase-file "$work/other"
  [ "$status" -eq 2 ]
}

# Whoever sees a key that is for tests only must know: where it is made, and in doctor.
@test "a key for tests is told loudly, and mended by a change" {
  run clerk_init "$clerk" --server localhost:1 --csr "$work/device.csr"
  [[ "$output" == *WARNING* ]]
  [[ "$("$dantin" init --help)" != *kdf-cost* ]]
  run "$clerk" doctor
  [[ "$output" == *"guessed easily"* ]]
  "$clerk" passphrase change --new-passphrase-file "$work/passphrase"
  run "$clerk" doctor
  [[ "$output" == *"✓ key"* ]]
}

# without_keyring COMMAND…: the command where the kernel's key system calls answer ENOSYS, as in many containers (x86-64).
without_keyring() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import ctypes, os, struct, sys
load, equal, give = 0x20, 0x15, 0x06
filters = [(load, 0, 0, 0)]
for number in (248, 249, 250):  # add_key, request_key, keyctl
    filters += [(equal, 0, 1, number), (give, 0, 0, 0x00050000 | 38)]
filters.append((give, 0, 0, 0x7FFF0000))
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in filters))
program = struct.pack("HxxxxxxP", len(filters), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0, "no seccomp"
os.execv(sys.argv[1], sys.argv[1:])
PYTHON
}

# Unlocked, commands ask nothing; locked, changed or over, they ask again. The keys are of this home's key file only.
@test "unlock keeps the keys until lock, the end of its time, or another passphrase" {
  init >/dev/null
  run "$clerk" unlock --minutes 5
  [[ "$output" != *"keyring"* ]] || skip "this system keeps no keys"
  [ "$status" -eq 0 ]
  setsid -w "$dantin" status </dev/null
  "$dantin" lock
  run setsid -w "$dantin" status </dev/null
  [ "$status" -eq 1 ]
  "$dantin" lock
  "$clerk" unlock --minutes 5
  "$clerk" passphrase change --new-passphrase-file "$work/other" --kdf-cost for-tests
  run setsid -w "$dantin" status </dev/null
  [ "$status" -eq 1 ]
  "$dantin" unlock --passphrase-file "$work/other" --json | grep -q '"minutes":	60'
  setsid -w "$dantin" status </dev/null
  run "$dantin" passphrase new-code --passphrase-file "$work/passphrase"
  [ "$status" -eq 1 ]
  "$dantin" lock
  for minutes in 0 601 soon; do
    run "$clerk" unlock --minutes "$minutes"
    [ "$status" -eq 2 ]
  done
}

@test "where the system keeps no keys, unlock says so and every command asks" {
  [ "$(uname -m)" = x86_64 ] || skip "the filter is for x86-64"
  init >/dev/null
  run without_keyring "$clerk" unlock
  echo "$output"
  [ "$status" -eq 1 ]
  [[ "$output" == *"every command will ask"* ]]
  run without_keyring "$clerk" status
  [ "$status" -eq 0 ]
  run without_keyring "$dantin" lock
  [ "$status" -eq 0 ]
}
