-- indicator: obligations
-- name: Văn bản phải nộp và đã nộp | Obligations and their fulfilment
-- unit: văn bản | documents
-- clause: 4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: due | integer | Phải nộp | Due
-- column: in_time | integer | Đúng hạn | In time
-- column: late | integer | Trễ hạn | Late
-- column: missing | integer | Chưa nộp | Missing
-- column: not_yet_due | integer | Chưa đến hạn | Not yet due
-- column: empty | integer | Nộp không có số liệu | Without the counts demanded
-- column: differing | integer | Số liệu khác tỉnh | Counts that differ
-- column: difference | integer | Tổng chênh lệch | Sum of differences
--
-- Obligations whose figures are as of a day in [from, date]. In time and late by the receipt of the fulfilment's first version, in the
-- province's own time. Missing: past its day without one. Complete by content: counts demanded and none stated is "without", zero is a
-- count; a count differs when it is not what the province's records say of that day; the difference adds up |stated - counted|.
with recursive {tree},
{rows},
duty as materialized (
    select o.id, o.assigned_to as branch, o.as_of, o.due_date, coalesce(o.has_counts, false) as has_counts, r.row_branch,
           f.id as fulfilment, f.since,
           (select ((to_timestamp(s.server_time_ms / 1000.0) at time zone 'Asia/Ho_Chi_Minh')::date)
            from read.submission s
            where s.position = (select min(v.since) from read.fulfilment_version v where v.id = f.id)) as received
    from {obligation} o
    join row_of r on r.id = o.assigned_to
    left join lateral (select f.id, f.since from {fulfilment} f
                       where f.obligation = o.id and f.branch = o.assigned_to
                       order by f.id limit 1) f on true
    where o.as_of between {from} and $2::date
),
stated as materialized (
    select d.id, d.branch, d.as_of, g.figure_measure as measure, g.figure_count as count
    from duty d
    join {fulfilment} f on f.id = d.fulfilment
    join {fulfilment_figure} g on {of g f}
),
inside (unit, id) as (
    select distinct s.branch, s.branch from stated s
    union
    select i.unit, b.id from inside i join branch_at b on b.parent = i.id
),
asked as materialized (
    select array_agg(distinct as_of order by as_of) as days, min(as_of) as first, max(as_of) as last from stated
),
spell as not materialized (
    -- Who was where, from when to when.
    select m.id, m.since, m.admission_date, m.official_date, m.branch_branch as branch, greatest(m.admission_date, m.branch_from) as begun,
           least(m.ended_date, m.branch_to) as ended
    from {member} m
    union all
    select m.id, m.since, m.admission_date, m.official_date, e.branch_branch, greatest(m.admission_date, e.branch_from),
           least(m.ended_date, e.branch_to)
    from {member_branch} e
    cross join lateral (select m.id, m.since, m.admission_date, m.official_date, m.ended_date from {member} m where {of e m} offset 0) m
),
counted as materialized (
    -- One pass, however many days: members by branch and by the first and last of the days on which they were there and the first on
    -- which they were official. width_bucket counts the days up to a date. One day alone needs no
    -- counting.
    select i.unit, d.day as as_of,
           sum(s.members) as members,
           sum(s.members) filter (where d.n > s.before_official) as official
    from asked a
    cross join lateral unnest(a.days) with ordinality d (day, n)
    join (select s.branch,
                 case when a.first = a.last then 0 else width_bucket(s.begun - 1, a.days) end as before,
                 case when a.first = a.last then 1
                      else coalesce(width_bucket(s.ended - 1, a.days), array_length(a.days, 1)) end as until,
                 case when a.first < a.last then width_bucket(s.official_date - 1, a.days)
                      when s.official_date <= a.first then 0 end as before_official,
                 count(*) as members
          from asked a
          join spell s on s.begun <= a.last and (s.ended is null or s.ended > a.first)
          group by 1, 2, 3, 4) s on d.n > s.before and d.n <= s.until
    join inside i on i.id = s.branch
    group by i.unit, d.day
),
newcomers as materialized (
    select i.unit, d.day as as_of, count(*) as admissions
    from (select m.* from spell m
          where exists (select from stated where measure = 'admissions')
            and m.admission_date between (select date_trunc('year', first)::date from asked) and (select last from asked)
            and {is_admission}) s
    join asked a on true
    cross join lateral unnest(a.days) d (day)
    join inside i on i.id = s.branch
    where s.admission_date between date_trunc('year', d.day)::date and d.day and s.begun <= d.day and (s.ended is null or s.ended > d.day)
    group by i.unit, d.day
),
standing as materialized (
    select i.unit, b.kind, b.established_date, b.dissolved_date
    from inside i
    join branch_at b on b.id = i.id
),
organised as materialized (
    select o.unit, d.day as as_of, count(*) as branches, count(*) filter (where o.kind in ('cell', 'grassroots_cell')) as cells
    from asked a
    cross join lateral unnest(a.days) d (day)
    join standing o on (o.established_date is null or o.established_date <= d.day)
        and (o.dissolved_date is null or o.dissolved_date > d.day)
    group by o.unit, d.day
),
compared as materialized (
    select s.id,
           abs(s.count - case s.measure
                   when 'members' then coalesce(c.members, 0)
                   when 'official' then coalesce(c.official, 0)
                   when 'probationary' then coalesce(c.members - coalesce(c.official, 0), 0)
                   when 'admissions' then coalesce(n.admissions, 0)
                   when 'branches' then coalesce(o.branches, 0)
                   when 'cells' then coalesce(o.cells, 0) end) as difference
    from stated s
    left join counted c on c.unit = s.branch and c.as_of = s.as_of
    left join newcomers n on n.unit = s.branch and n.as_of = s.as_of
    left join organised o on o.unit = s.branch and o.as_of = s.as_of
),
fact as (
    select d.row_branch, d.id, d.branch, d.fulfilment,
           d.received <= d.due_date as is_in_time,
           d.received > d.due_date as is_late,
           d.fulfilment is null and d.due_date <= $2::date as is_missing,
           d.fulfilment is null and d.due_date > $2::date as is_not_yet_due,
           d.fulfilment is not null and d.has_counts and not exists (select from stated s where s.id = d.id) as is_empty,
           (select sum(c.difference) from compared c where c.id = d.id) as difference
    from duty d
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.row_branch) as due,
           count(*) filter (where f.is_in_time) as in_time,
           count(*) filter (where f.is_late) as late,
           count(*) filter (where f.is_missing) as missing,
           count(*) filter (where f.is_not_yet_due) as not_yet_due,
           count(*) filter (where f.is_empty) as empty,
           count(*) filter (where f.difference > 0) as differing,
           coalesce(sum(f.difference), 0) as difference
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.due::text, g.in_time::text, g.late::text, g.missing::text, g.not_yet_due::text, g.empty::text, g.differing::text,
       g.difference::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: obligation, fulfilment
select 'obligation', f.id, f.branch from fact f
union all
select 'fulfilment', f.fulfilment, f.branch from fact f where f.fulfilment is not null
