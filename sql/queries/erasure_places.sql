-- erasure_places: entries that hold a change of the record. $1 text: kind; $2 integer: its number; $3 uuid: record.
-- Rows, by position: position, envelope, payload, the sender's data key is the payload's own.
select j.position, j.envelope, j.payload
from dantin.erasure_places($1, $2::integer, $3::uuid) p (position)
join dantin.journal j on j.position = p.position
order by j.position
