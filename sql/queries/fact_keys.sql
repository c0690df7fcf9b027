-- fact_keys: the data keys that seal what a group writes: of each sender of its devices the newest.
-- $1 bytea[]: device ids. Rows: device, sender, number of the key, the key wrapped (null: there is none yet, the number is a
-- free one), name of the master key. Devices of one sender stand together and share a key.
select d.id, s.sender, s.number, s.wrapped, v.master
from (
    select n.sender, coalesce(k.number, nextval('dantin.data_key_number')::integer) as number, k.wrapped
    from (
        select distinct d.sender
        from unnest($1::bytea[]) i (id)
        cross join lateral (select d.sender from dantin.device d where d.id = i.id offset 0) d
    ) n
    left join lateral (
        select k.number, k.wrapped from dantin.data_key k where k.sender = n.sender order by k.number desc limit 1
    ) k on true
    offset 0
) s
join lateral (
    select distinct d.id
    from unnest($1::bytea[]) i (id)
    cross join lateral (select d.id, d.sender from dantin.device d where d.id = i.id offset 0) d
    where d.sender = s.sender
) d on true
cross join dantin.vault v
order by s.number
