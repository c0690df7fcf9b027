-- find_waiting: the next entry of a sender that holds changes that wait. $1 uuid: sender; $2 bigint: first position.
-- Rows: one per change, by its place: index, position, server_time_ms, the device's present public key, envelope, signature, payload,
-- envelope_hash, the payload's data key: number, sender, the key wrapped, name of the master key, kind and record of the change.
select w.index, j.position, j.server_time_ms, d.public_key, j.envelope, j.signature, j.payload, j.envelope_hash, k.number,
       k.sender, k.wrapped, v.master, w.kind, w.record
from (select min(position) as position from dantin.waiting
      where sender = $1 and decided_position is null and position >= $2) n
join dantin.waiting w on w.position = n.position and w.sender = $1 and w.decided_position is null
join dantin.journal j on j.position = n.position
join dantin.device d on d.id = j.device
left join dantin.data_key k on k.number = ('x' || encode(substr(j.payload, 1, 4), 'hex'))::bit(32)::integer
cross join dantin.vault v
order by w.index
