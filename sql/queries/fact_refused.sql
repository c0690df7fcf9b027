-- fact_refused: which of these records did these devices tell of in vain: refused, in conflict or waiting.
-- $1 uuid[]: records; $2 bytea[]: devices. Rows: record, device.
select distinct r.record, j.device
from unnest($1::uuid[]) i (record)
cross join lateral (select * from dantin.refusal f where f.record = i.record offset 0) r
cross join lateral (select * from dantin.journal e where e.position = r.position offset 0) j
where j.device = any ($2::bytea[])
