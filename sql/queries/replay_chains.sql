-- replay_chains: the newest entry of every device. $1 bigint: number of entries. Rows: envelope.
select distinct on (device) envelope
from dantin.journal
where position < $1::bigint
order by device, sequence desc
