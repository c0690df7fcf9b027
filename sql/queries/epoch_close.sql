-- epoch_close: end the refill. No parameters. Rows: the epoch, or none when no refill was open.
update dantin.journal_head set is_refilling = false where is_refilling returning epoch
