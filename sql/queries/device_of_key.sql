-- device_of_key: the device whose present key this is. $1 text: SPKI hash in hex. Rows: one, or none: id and sender in hex,
-- role, is_province, may_see_exact, is_quarantined, is_revoked.
select encode(id, 'hex'), replace(sender::text, '-', ''), role, is_province, may_see_exact, is_quarantined, is_revoked
from dantin.device
where spki_hash = decode($1, 'hex')
