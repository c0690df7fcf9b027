-- device_list: every device but the log's own. No parameters. Rows, by sender and id: id and present key in hex, name of the sender
-- (null: not entered yet), sender in hex, role, is_province, may_see_exact, moment last seen, last sequence, end of the certificate,
-- state: revoked, quarantined, expired, in force.
select encode(d.id, 'hex'), encode(d.public_key, 'hex'), b.name, replace(d.sender::text, '-', ''), d.role, d.is_province,
       d.may_see_exact, to_char(d.seen_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI'), d.last_sequence,
       to_char(d.certificate_until at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD'),
       case when d.is_revoked then 'revoked' when d.is_quarantined then 'quarantined'
            when d.certificate_until < now() then 'expired' else 'in_force' end
from dantin.device d
left join dantin.branch b on b.id = d.sender
where d.role <> 'log'
order by d.is_province desc, d.sender, d.id
