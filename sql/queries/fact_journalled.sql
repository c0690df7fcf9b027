-- fact_journalled: what the journal already holds of a group's submissions.
-- $1 bytea[], $2 bigint[]: device and sequence, pairwise. Rows: index, epoch, position, server_time_ms, envelope_hash,
-- change_count, is_unreadable, verdicts, leaf, receipt_signature; the others are missing.
select (i.n - 1)::integer, j.epoch, j.position, j.server_time_ms, j.envelope_hash, j.change_count, j.is_unreadable,
       j.verdicts, j.leaf, j.receipt_signature
from unnest($1::bytea[], $2::bigint[]) with ordinality i (device, sequence, n)
cross join lateral (select * from dantin.journal j where j.device = i.device and j.sequence = i.sequence offset 0) j
