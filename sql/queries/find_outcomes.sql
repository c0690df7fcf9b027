-- find_outcomes: what became of changes of a sender that waited. $1 uuid: sender; $2 uuid[]: versions. Rows: version, code, rule,
-- current, decided_position, decided_index, server_time_ms, device that decided, payload of a rejection (else null), envelope_hash,
-- the payload's data key: number, sender, the key wrapped, name of the master key; those that still wait are missing.
select w.version, w.code, w.rule, w.current, w.decided_position, w.decided_index, j.server_time_ms, j.device,
       case when w.rule = 'approval.rejected' then j.payload end, j.envelope_hash, k.number, k.sender, k.wrapped, v.master
from unnest($2::uuid[]) i (version)
cross join lateral (select * from dantin.waiting o where o.version = i.version and o.sender = $1
                    and o.decided_position is not null offset 0) w
join dantin.journal j on j.position = w.decided_position
left join dantin.data_key k on w.rule = 'approval.rejected'
                           and k.number = ('x' || encode(substr(j.payload, 1, 4), 'hex'))::bit(32)::integer
cross join dantin.vault v
order by w.decided_position, w.version
