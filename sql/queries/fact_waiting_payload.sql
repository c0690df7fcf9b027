-- fact_waiting_payload: the payloads that hold changes that still wait, as stored.
-- $1 uuid[]: versions. Rows: position, payload, envelope_hash, its data key: number, sender, the key wrapped, name of the master
-- key; each position once, ascending.
select j.position, j.payload, j.envelope_hash, k.number, k.sender, k.wrapped, v.master
from (select distinct w.position from dantin.waiting w
      where w.version = any ($1::uuid[]) and w.decided_position is null) w
join dantin.journal j on j.position = w.position
left join dantin.data_key k on k.number = ('x' || encode(substr(j.payload, 1, 4), 'hex'))::bit(32)::integer
cross join dantin.vault v
order by j.position
