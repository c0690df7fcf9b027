# The program as a clerk of a test uses it: `load ../lib/clerk`, then
#   clerk_program FOLDER     writes FOLDER/passphrase and FOLDER/dantin, the program that reads it; prints the latter's path
# A key of clerk_init costs nothing to guess, so that tests do not wait for scrypt.

clerk_program() {
  printf 'mật khẩu dùng để thử\n' >"$1/passphrase"
  printf '#!/bin/sh\nexec "%s" --passphrase-file "%s" "$@"\n' "$DANTIN_BINARY_DIR/dantin" "$1/passphrase" >"$1/dantin"
  chmod 755 "$1/dantin"
  echo "$1/dantin"
}

# clerk_init PROGRAM OPTION…: dantin init with a key for tests.
clerk_init() {
  local program=$1
  shift
  "$program" init --kdf-cost for-tests "$@"
}
