-- fact_devices: the devices of a group's submissions, and the key the log goes under.
-- $1 bytea[]: device ids. Rows: index into $1, id, sender, is_province, role, public_key, last_sequence,
-- last_envelope_hash, is_quarantined, is_revoked, the log's key (null: it has none yet); unknown devices are missing.
select (i.n - 1)::integer, d.id, d.sender, d.is_province, d.role, d.public_key, d.last_sequence,
       d.last_envelope_hash, d.is_quarantined, d.is_revoked, (select l.public_key from dantin.device l where l.role = 'log')
from unnest($1::bytea[]) with ordinality i (id, n)
cross join lateral (select * from dantin.device d where d.id = i.id offset 0) d
