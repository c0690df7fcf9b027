-- find_seal: the newest sealed checkpoint of the present epoch, with one cosignature of each sender.
-- $1 bigint: larger than this; $2 bigint: no larger than this. Rows: at most one: size, note with its cosignatures.
with newest (epoch, size) as (
    select h.epoch, max(s)
    from dantin.journal_head h
    cross join lateral dantin.sealed_sizes(h.epoch) s
    where s > $1 and s <= $2
    group by h.epoch
)
select k.size, k.note || (
    select string_agg(l.line, ''::bytea)
    from (
        select distinct on (d.sender) c.line
        from dantin.cosignature c
        join dantin.device d on d.id = c.device and not d.is_revoked
        where c.epoch = k.epoch and c.size = k.size
        order by d.sender, c.device
        limit 255
    ) l
)
from newest
join dantin.checkpoint k using (epoch, size)
