-- What witnesses signed: devices cosign checkpoints they have checked (docs/protocol.md#witness).
set local role dantin_owner;

create table dantin.cosignature (
    epoch uuid not null,
    size bigint not null,
    device bytea not null references dantin.device (id),
    line bytea not null check (octet_length(line) <= 512), -- of the note, with its newline; checked before it is stored
    primary key (epoch, size, device),
    foreign key (epoch, size) references dantin.checkpoint (epoch, size)
);
create index cosignature_device on dantin.cosignature (device, size);

-- Entries that tell of devices, epochs and log keys: few among many.
create index journal_acts on dantin.journal (position) where content in (3, 4);

-- Whose devices count: every sender with a device in force, or of them those the newest act named.
create function dantin.witness_senders() returns setof uuid language sql stable set search_path = pg_catalog, pg_temp as $$
select distinct d.sender
from dantin.device d
left join lateral (select s.senders from dantin.witness_set s order by s.position desc limit 1) w on true
where not d.is_revoked and d.role <> 'log' and (coalesce(cardinality(w.senders), 0) = 0 or d.sender = any (w.senders))
$$;

-- Sizes of the epoch's checkpoints that devices of more than half of the witnesses cosigned; a sender counts once.
create function dantin.sealed_sizes(of_epoch uuid) returns setof bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
select c.size
from dantin.cosignature c
join dantin.device d on d.id = c.device and not d.is_revoked
join dantin.witness_senders() w on w = d.sender
where c.epoch = of_epoch
group by c.size
having count(distinct d.sender) * 2 > (select count(*) from dantin.witness_senders())
$$;

revoke all on function dantin.witness_senders(), dantin.sealed_sizes(uuid) from public;
grant execute on function dantin.witness_senders(), dantin.sealed_sizes(uuid) to dantin_ingest;
grant select, insert on dantin.cosignature to dantin_ingest;
