-- look_list: lines of the log of reads. $1 text: first digits of a device, $2, $3 bigint: from a moment, to before one, in ms,
-- $4 uuid: pseudonym of a subject, $5 uuid: the record it is of, $6 boolean: alarms alone, $7 bigint: after this look, $8 bigint:
-- how many at most; null: any. Of a subject: the looks that list it, and those of too many persons to be listed that were at a unit
-- it may have been in. Rows: id, time, device, sender, role, what, definition, dimensions, unit, from, date, position, rows, persons,
-- listed or possible, purpose, alarm, link and its hash, subjects.
with above as (
    select dantin.record_units($5::uuid) as id
)
select l.id,
       to_char(to_timestamp(l.looked_at_ms / 1000.0) at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD HH24:MI:SS'),
       encode(l.device, 'hex'),
       coalesce(s.code, replace(l.sender::text, '-', '')),
       l.role,
       l.what,
       l.definition,
       l.dimensions,
       coalesce(b.code, p.code, replace(l.unit::text, '-', '')),
       l.from_date,
       l.date,
       l.position,
       l.rows,
       l.persons,
       case when $4::uuid is null then null when l.subjects is null then 'possible' else 'listed' end,
       l.purpose,
       l.alarm,
       c.number,
       encode(c.hash, 'hex'),
       array_to_string(l.subjects, ' ')
from dantin.look l
left join dantin.branch s on s.id = l.sender
left join dantin.branch b on b.id = l.unit
left join dantin.locality p on p.id = l.unit
left join dantin.look_chain c on c.look = l.id
where ($1::text is null or encode(l.device, 'hex') like $1::text || '%')
  and ($2::bigint is null or l.looked_at_ms >= $2::bigint)
  and ($3::bigint is null or l.looked_at_ms < $3::bigint)
  and ($4::uuid is null or l.subjects @> array[$4::uuid]
       or l.what in ('export', 'backup')
       or (l.subjects is null and l.persons > 0 and l.unit in (select id from above)))
  and (not coalesce($6::boolean, false) or l.alarm <> '')
  and ($7::bigint is null or l.id > $7::bigint)
order by l.id
limit $8::bigint
