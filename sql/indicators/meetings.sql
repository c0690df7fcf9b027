-- indicator: meetings
-- name: Sinh hoạt chi bộ | Meetings of cells
-- unit: kỳ | meetings
-- clause: 1.1, 1.4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: cells | integer | Chi bộ | Cells
-- column: monthly_due | integer | Phải sinh hoạt thường kỳ | Monthly, due
-- column: monthly_held | integer | Đã sinh hoạt thường kỳ | Monthly, held
-- column: monthly_share | decimal | Tỷ lệ thường kỳ (%) | Monthly (%)
-- column: thematic_due | integer | Phải sinh hoạt chuyên đề | Thematic, due
-- column: thematic_held | integer | Đã sinh hoạt chuyên đề | Thematic, held
-- column: thematic_share | decimal | Tỷ lệ chuyên đề (%) | Thematic (%)
-- column: attendance | decimal | Đảng viên dự (%) | Attendance (%)
-- column: attended_by_superior | integer | Có cấp trên dự | Attended by a superior
--
-- Cells in force on the date. Due: a monthly meeting for every full month of [from, date] and a thematic one for every full quarter in which the
-- cell was there from its first day to its last. Held: those months and quarters that had one. Attendance and superiors: of every meeting of
-- the period.
with recursive {tree},
{rows},
month as (
    select m::date as first, (m + interval '1 month')::date - 1 as last
    from generate_series(date_trunc('month', {from})::timestamp, $2::date::timestamp, interval '1 month') m
    where m::date >= {from} and (m + interval '1 month')::date - 1 <= $2::date
),
quarter as (
    select q::date as first, (q + interval '3 months')::date - 1 as last
    from generate_series(date_trunc('quarter', {from})::timestamp, $2::date::timestamp, interval '3 months') q
    where q::date >= {from} and (q + interval '3 months')::date - 1 <= $2::date
),
cell_at as materialized (
    select b.id, r.row_branch, coalesce(b.established_date, '-infinity'::date) as established
    from branch_at b
    join row_of r on r.id = b.id
    where b.kind in ('cell', 'grassroots_cell')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
),
monthly as materialized (
    -- Cell by cell and month by month first: the meetings are met once.
    select m.branch, m.type, date_trunc('month', m.date::timestamp) as month, sum(m.members_due) as members_due, sum(m.present) as present,
           count(*) filter (where m.superior_attended) as superior
    from {meeting} m
    where m.date between {from} and $2::date
    group by 1, 2, 3
),
held as materialized (
    select m.branch,
           count(*) filter (where m.type = 'monthly' and m.month::date >= c.established
                              and m.month::date in (select first from month)) as months,
           sum(m.members_due) as members_due, sum(m.present) as present, sum(m.superior) as superior
    from monthly m
    join cell_at c on c.id = m.branch
    group by m.branch
),
themed as materialized (
    select t.branch, count(*) as quarters
    from (select distinct m.branch, date_trunc('quarter', m.month)::date as first from monthly m where m.type = 'thematic') t
    join cell_at c on c.id = t.branch
    where t.first >= c.established and t.first in (select first from quarter)
    group by t.branch
),
fact as (
    select c.row_branch, c.id as branch,
           (select count(*) from month o where o.first >= c.established) as months_due,
           (select count(*) from quarter q where q.first >= c.established) as quarters_due,
           coalesce(h.months, 0) as months, coalesce(t.quarters, 0) as quarters, h.members_due, h.present, coalesce(h.superior, 0) as superior
    from cell_at c
    left join held h on h.branch = c.id
    left join themed t on t.branch = c.id
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.branch) as cells,
           coalesce(sum(f.months_due), 0) as monthly_due,
           coalesce(sum(f.months), 0) as monthly_held,
           coalesce(sum(f.quarters_due), 0) as thematic_due,
           coalesce(sum(f.quarters), 0) as thematic_held,
           sum(f.members_due) as members_due,
           sum(f.present) as present,
           coalesce(sum(f.superior), 0) as superior
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.cells::text, g.monthly_due::text, g.monthly_held::text, round(100.0 * g.monthly_held / nullif(g.monthly_due, 0), 2)::text,
       g.thematic_due::text, g.thematic_held::text, round(100.0 * g.thematic_held / nullif(g.thematic_due, 0), 2)::text,
       round(100.0 * g.present / nullif(g.members_due, 0), 2)::text, g.superior::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: meeting
select 'meeting', m.id, m.branch from {meeting} m
where m.date between {from} and $2::date and m.branch in (select c.id from cell_at c)
