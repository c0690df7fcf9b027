-- find_checkpoint: what a journal should hold of a checkpoint somebody shows us.
-- $1 uuid: epoch; $2 bigint: size. Rows: one: whether the epoch is known, how many of its entries were kept (null: it is the
-- present one, or unknown), the signed note (null: no such checkpoint), all keys the log ever went under, one after another (null:
-- none yet), each with the number of entries before the act that changed it (-1 as u64: in force).
select exists (select from dantin.epoch where id = $1),
       (select branched_position from dantin.epoch where previous = $1),
       (select note from dantin.checkpoint where epoch = $1 and size = $2),
       (select string_agg(k.public_key || coalesce(
            (select int8send(j.position) from dantin.device_key n
             join dantin.journal j on j.device = n.device and j.sequence = n.from_sequence - 1
             where n.device = k.device and n.from_sequence > k.from_sequence
             order by n.from_sequence
             limit 1), '\xffffffffffffffff'::bytea), ''::bytea order by k.from_sequence)
        from dantin.device d
        join dantin.device_key k on k.device = d.id
        where d.role = 'log')
