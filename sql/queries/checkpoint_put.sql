-- checkpoint_put: what was signed about a group, in the group's own transaction.
-- $1 bigint: entries now; $2 bytea: the signed note. The epoch is the head's. No rows.
insert into dantin.checkpoint (epoch, size, note)
select epoch, $1, $2 from dantin.journal_head
