-- act_epoch: the journal goes on under a new name; before the entry that says so. $1 uuid: the new epoch. No rows.
with opened as (
    insert into dantin.epoch (id, opened_position, previous, branched_position)
    select $1, position, epoch, position from dantin.journal_head
    returning id
)
update dantin.journal_head set epoch = opened.id, is_rolled_back = false, is_refilling = true from opened
