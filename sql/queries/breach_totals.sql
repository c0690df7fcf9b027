-- breach_totals: what looks add up to. $1 text: first digits of a device, $2 bigint: from a moment, in ms; null: any. Rows: looks,
-- devices, persons in looks that list no subjects, answers with exact figures on sensitive fields.
select count(*), count(distinct l.device), coalesce(sum(l.persons) filter (where l.subjects is null), 0),
       count(*) filter (where l.what = 'exact')
from dantin.look l
where ($1::text is null or encode(l.device, 'hex') like $1::text || '%')
  and ($2::bigint is null or l.looked_at_ms >= $2::bigint)
