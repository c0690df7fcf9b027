-- rotate_begin: keys made from now on stay, older ones are to go. No parameters. Rows: one: the smallest number that stays.
update dantin.vault set reseal_below = nextval('dantin.data_key_number')::integer returning reseal_below
