-- cosignature_put: keep what a device signed. And the checkpoint that most senders signed so far and that is not sealed (of several the
-- newest): the one on which to gather. Of each device at most 64 that are not sealed, but always a newer one than it signed before, and the one on
-- which to gather: when committees are added, what was sealed by the others may be so no more, and they must be able to seal again.
-- $1 uuid: epoch; $2 bigint: size; $3 bytea: device; $4 bytea: the line. Rows: at most one: size, signed note of that checkpoint,
-- if it is smaller and this device did not sign it.
with sealed (size) as (
    select coalesce(max(s), 0) from dantin.sealed_sizes($1) s
), best as (
    select c.size, bool_or(c.device = $3) as is_ours
    from dantin.cosignature c
    join dantin.device d on d.id = c.device and not d.is_revoked
    join dantin.witness_senders() w on w = d.sender
    where c.epoch = $1 and c.size > (select size from sealed)
    group by c.size
    order by count(distinct d.sender) desc, c.size desc
    limit 1
), own (newest, unsealed) as (
    select max(c.size), count(*) filter (where c.size > s.size)
    from dantin.cosignature c
    cross join sealed s
    where c.device = $3 and c.epoch = $1
), made as (
    insert into dantin.cosignature (epoch, size, device, line)
    select $1, $2, $3, $4
    from own
    where own.unsealed < 64 or $2 > own.newest or $2 = (select size from best)
    on conflict do nothing
)
select k.size, k.note
from best
join dantin.checkpoint k on k.epoch = $1 and k.size = best.size
where not best.is_ours and best.size < $2
