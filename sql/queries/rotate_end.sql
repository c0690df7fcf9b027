-- rotate_end: no rotation is under way any more. No parameters, no rows.
update dantin.vault set reseal_below = null
