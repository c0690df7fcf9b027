-- act_head: the journal as it is. No parameters. Rows: one: epoch and the tree's frontier in hex, entries.
select replace(epoch::text, '-', ''), encode(frontier, 'hex'), position from dantin.journal_head
