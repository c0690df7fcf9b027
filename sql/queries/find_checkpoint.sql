-- find_checkpoint: what a journal should hold of a checkpoint somebody shows us.
-- $1 uuid: epoch; $2 bigint: size. Rows: one: whether the epoch is known, how many of its entries were kept (null: it is the
-- present one, or unknown), the signed note (null: no such checkpoint), all keys the log ever went under, one after another (null:
-- none yet).
select exists (select from dantin.epoch where id = $1),
       (select branched_position from dantin.epoch where previous = $1),
       (select note from dantin.checkpoint where epoch = $1 and size = $2),
       (select string_agg(k.public_key, ''::bytea order by k.from_sequence) from dantin.device d
        join dantin.device_key k on k.device = d.id where d.role = 'log')
