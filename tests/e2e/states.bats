#!/usr/bin/env bats
# docs/states.md against the tables in the code.

# A state that the page does not list would be one that nobody who reads it at night knows of.
@test "every state of every table is listed in docs/states.md" {
  cd "$DANTIN_SOURCE_DIR"
  local missing=0 file name
  while IFS=: read -r file name; do
    grep -q "^| $name |" docs/states.md || { echo "$file: $name is not in docs/states.md"; missing=1; }
  done < <(grep -rlE 'struct sm_state [a-z_]*\[' --include=*.c common server client |
    xargs grep -oE '^    \[[A-Z_]+\] = \{"[a-z_]+"' | sed -E 's/:.*"([a-z_]+)"/:\1/')
  [ "$missing" = 0 ]
  [ "$(grep -rlE 'struct sm_state [a-z_]*\[' --include=*.c common server client | wc -l)" -ge 6 ]
}
