-- backup_head: the journal's head, as lines of a backup's manifest. No parameters. Rows: one.
select format(E'epoch %s\nposition %s\nfrontier %s\nstate %s\n', epoch, position, encode(frontier, 'hex'), encode(state, 'hex'))
from dantin.journal_head
