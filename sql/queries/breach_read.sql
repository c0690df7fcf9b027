-- breach_read: subjects that looks list. $1 text: first digits of a device, $2 bigint: from a moment, in ms; null: any. Rows: subject,
-- device, first and last time, looks.
select replace(s.subject::text, '-', ''), encode(l.device, 'hex'),
       to_char(to_timestamp(min(l.looked_at_ms) / 1000.0) at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI:SS'),
       to_char(to_timestamp(max(l.looked_at_ms) / 1000.0) at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI:SS'),
       count(*)
from dantin.look l
cross join lateral unnest(l.subjects) s (subject)
where ($1::text is null or encode(l.device, 'hex') like $1::text || '%')
  and ($2::bigint is null or l.looked_at_ms >= $2::bigint)
group by s.subject, l.device
order by s.subject, l.device
