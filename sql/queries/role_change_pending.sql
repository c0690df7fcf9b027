-- role_change_pending: other roles that wait for a second operator's yes. $1 text: digits the device's id begins with; empty: all.
-- Rows, oldest first: device id and public key in hex, sender in hex, its name (null: not entered yet), role in force, sees exact
-- figures, role asked for and exact figures asked for (null: as it is), who asked, entries of the journal then, moment it asked.
select encode(c.device, 'hex'), encode(d.public_key, 'hex'), replace(d.sender::text, '-', ''), b.name, d.role, d.may_see_exact,
       c.role, c.may_see_exact, c.proposed_by, c.proposed_at,
       to_char(c.asked_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI')
from dantin.role_change c
join dantin.device d on d.id = c.device
left join dantin.branch b on b.id = d.sender
where encode(c.device, 'hex') like $1 || '%' and not d.is_revoked
order by c.asked_at, c.device
