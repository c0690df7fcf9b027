-- erasure_again: whatever came meanwhile, every erasure is due again. No parameters, no rows.
update dantin.erasure set is_done = false, is_scrubbed = false where is_done
