-- rotate_below: is a rotation under way? No parameters. Rows: one: the smallest key number that stays, null: none is.
select reseal_below from dantin.vault
