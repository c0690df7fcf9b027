-- breach_device: the device, and from here on the session sees what it sees (sql/migrations/0006_scope.sql). $1 text: its id or the
-- beginning of it, in hex. Rows: id, sender (code, name), role, is it the province's, may it see exact figures, submissions, is it in
-- quarantine; several: the beginning is not enough.
select set_config('dantin.device', encode(d.id, 'hex'), false), coalesce(b.code, replace(d.sender::text, '-', '')), b.name, d.role,
       d.is_province, d.may_see_exact, d.last_sequence, d.is_quarantined
from dantin.device d
left join dantin.branch b on b.id = d.sender
where encode(d.id, 'hex') like $1::text || '%'
limit 2
