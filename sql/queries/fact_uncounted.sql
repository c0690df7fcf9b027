-- fact_uncounted: entries of these devices whose payload could not be read at all, so that nobody knows the names of its
-- changes. $1 bytea[]: devices. Rows: device, envelope_hash; the newest ones of each (STORE_UNCOUNTED_MAX in store.h).
select d.device, j.envelope_hash
from (select distinct i.device from unnest($1::bytea[]) i (device)) d
cross join lateral (select e.envelope_hash from dantin.journal e
                    where e.device = d.device and e.is_unreadable and e.change_count = 0
                    order by e.sequence desc
                    limit 64) j
