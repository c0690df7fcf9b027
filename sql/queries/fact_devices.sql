-- fact_devices: the devices of a group's submissions.
-- $1 bytea[]: device ids. Rows: index into $1, id, sender, is_province, role, public_key, last_sequence,
-- last_envelope_hash, is_quarantined, is_revoked; unknown ones are missing.
select (i.n - 1)::integer, d.id, d.sender, d.is_province, d.role, d.public_key, d.last_sequence,
       d.last_envelope_hash, d.is_quarantined, d.is_revoked
from unnest($1::bytea[]) with ordinality i (id, n)
cross join lateral (select * from dantin.device d where d.id = i.id offset 0) d
