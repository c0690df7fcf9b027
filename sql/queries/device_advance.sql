-- device_advance: the newest submission of each device of a group. By its key, not by its place as facts are probed: a device's row
-- is also changed beside a group (device_seen), and a row that moved while this waited for it must be found again.
-- $1 bytea[]: device ids, each once; $2 bigint[]: sequences; $3 bytea[]: envelope hashes. No rows.
update dantin.device d
set last_sequence = i.sequence, last_envelope_hash = i.envelope_hash
from unnest($1::bytea[], $2::bigint[], $3::bytea[]) i (id, sequence, envelope_hash)
where d.id = i.id
