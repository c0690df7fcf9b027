-- journal_export_checkpoints: what was signed about the journal, without what was signed of an epoch beyond the point at which
-- the next one branched off.
-- $1 bigint: size to go on behind; $2 bigint: how many. Rows, by size: size, note.
select c.size, c.note
from dantin.checkpoint c
where c.size > $1::bigint
  and not exists (select from dantin.epoch e where e.previous = c.epoch and e.branched_position < c.size)
order by c.size
limit $2::bigint
