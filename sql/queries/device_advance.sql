-- device_advance: the newest submission of each device of a group.
-- $1 bytea[]: device ids, each once; $2 bigint[]: sequences; $3 bytea[]: envelope hashes. No rows.
update dantin.device d
set last_sequence = i.sequence, last_envelope_hash = i.envelope_hash
from unnest($1::bytea[], $2::bigint[], $3::bytea[]) i (id, sequence, envelope_hash)
cross join lateral (select o.ctid as place from dantin.device o where o.id = i.id offset 0) o
where d.ctid = o.place
