-- enrolment_pending: keys that wait for an operator's yes. No parameters. Rows, oldest first: number of the ticket, public key in
-- hex, moment it asked, sender in hex, its name (null: not entered yet), role, is_province, may_see_exact, who made the ticket.
select e.ticket, encode(e.public_key, 'hex'), to_char(e.asked_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'),
       replace(t.sender::text, '-', ''), b.name, t.role, t.is_province, t.may_see_exact, t.made_by
from dantin.enrolment e
join dantin.ticket t on t.number = e.ticket
left join dantin.branch b on b.id = t.sender
where e.state = 'pending'
order by e.asked_at, e.ticket
