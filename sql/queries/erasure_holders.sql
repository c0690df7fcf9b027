-- erasure_holders: senders whose devices submitted a change of the record, applied or not, and so hold copies. $1 text: kind; $2 integer:
-- its number; $3 uuid: record. Rows, by sender: sender in hex.
select distinct replace(d.sender::text, '-', '')
from dantin.erasure_places($1, $2::integer, $3::uuid) p (position)
join dantin.journal j on j.position = p.position
join dantin.device d on d.id = j.device
order by 1
