-- find_leaf: the leaf an epoch's journal has at a position.
-- $1 uuid: epoch; $2 bigint: position. Rows: one: whether the epoch is known, the leaf (null: no such entry).
select exists (select from dantin.epoch where id = $1),
       (select leaf from dantin.journal where position = $2 and epoch = $1)
