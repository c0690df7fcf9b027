-- device_like: devices by the beginning of their id. $1 text: hexadecimal digits. Rows: two at most: id and sender in hex,
-- role, is_province, may_see_exact, is_quarantined, is_revoked.
select encode(id, 'hex'), replace(sender::text, '-', ''), role, is_province, may_see_exact, is_quarantined, is_revoked
from dantin.device
where encode(id, 'hex') like $1 || '%' and role <> 'log'
limit 2
