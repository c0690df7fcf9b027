-- mark_rolled_back: entries were lost; nothing is taken until an operator opens a new epoch. No parameters, no rows.
update dantin.journal_head set is_rolled_back = true where not is_rolled_back
