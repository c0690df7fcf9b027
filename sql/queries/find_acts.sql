-- find_acts: entries that are acts or changes of a key and were applied as a whole, as stored. Anybody with a device can submit others.
-- $1 bigint: from this position on; $2 bigint: below this one; $3 bigint: how many. Rows, by position: position, envelope, signature,
-- server_time_ms, change_count, verdicts, payload, envelope_hash, its data key: number, sender, the key wrapped, name of the master key.
select j.position, j.envelope, j.signature, j.server_time_ms, j.change_count, j.verdicts, j.payload, j.envelope_hash,
       k.number, k.sender, k.wrapped, v.master
from dantin.journal j
left join dantin.data_key k on k.number = ('x' || encode(substr(j.payload, 1, 4), 'hex'))::bit(32)::integer
cross join dantin.vault v
where j.content in (3, 4) and j.verdicts = '' and not j.is_unreadable and j.position >= $1 and j.position < $2
order by j.position
limit $3
