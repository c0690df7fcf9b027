-- fact_waiting: changes that wait or waited, by the names of their versions, and all that wait of the same records.
-- $1 uuid[]: versions. Rows: version, position, index, kind, record, base, device, sender, change_hash, decided; each once.
select w.version, w.position, w.index, w.kind, w.record, w.base, w.device, w.sender, w.change_hash,
       w.decided_position is not null
from dantin.waiting w
where w.version = any ($1::uuid[])
union
select o.version, o.position, o.index, o.kind, o.record, o.base, o.device, o.sender, o.change_hash, false
from dantin.waiting w
join dantin.waiting o on o.record = w.record and o.kind = w.kind and o.decided_position is null
where w.version = any ($1::uuid[])
order by 2, 3
