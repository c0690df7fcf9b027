-- epoch_new: continue the journal under a new name; it says which epoch it continues and from where. No parameters.
-- Rows: new epoch, old epoch, position of the branching off.
with head as (
    select epoch, position from dantin.journal_head for update
), opened as (
    insert into dantin.epoch (id, opened_position, previous, branched_position)
    select gen_random_uuid(), position, epoch, position from head
    returning id, previous, branched_position
), moved as (
    update dantin.journal_head
    set epoch = opened.id, is_rolled_back = false, is_refilling = true
    from opened
)
select id, previous, branched_position from opened
