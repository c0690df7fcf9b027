-- replay_devices: who may speak, as the tables have it. No parameters. Rows, by id: id in hex, public key in hex, is spki_hash that of the
-- newest of its keys (the id, while it has but one), sender in hex, role, is_province, may_see_exact, is_revoked, its keys as
-- "sequence:key in hex" from the oldest on, is_quarantined, entries there were when it was last noticed as copied (null: never), last
-- sequence, hash of its last envelope in hex (empty: none).
select encode(d.id, 'hex'), encode(d.public_key, 'hex'),
       d.spki_hash = sha256('\x302a300506032b6570032100'::bytea || d.public_key), replace(d.sender::text, '-', ''), d.role,
       d.is_province, d.may_see_exact, d.is_revoked,
       coalesce((select string_agg(k.from_sequence || ':' || encode(k.public_key, 'hex'), ' ' order by k.from_sequence)
                 from dantin.device_key k where k.device = d.id), ''),
       d.is_quarantined, (select max(q.position) from dantin.quarantine q where q.device = d.id),
       d.last_sequence, coalesce(encode(d.last_envelope_hash, 'hex'), '')
from dantin.device d
order by d.id
