-- indicator: evaluation
-- name: Đánh giá, xếp loại hằng năm | Annual evaluation
-- unit: tổ chức, người | organisations, persons
-- clause: 1.4, 3.3
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: organisations_excellent | integer | TCCSĐ hoàn thành xuất sắc | Organisations: excellent
-- column: organisations_good | integer | TCCSĐ hoàn thành tốt | Organisations: good
-- column: organisations_completed | integer | TCCSĐ hoàn thành | Organisations: completed
-- column: organisations_not_completed | integer | TCCSĐ không hoàn thành | Organisations: not completed
-- column: cells_excellent | integer | Chi bộ hoàn thành xuất sắc | Cells: excellent
-- column: cells_good | integer | Chi bộ hoàn thành tốt | Cells: good
-- column: cells_completed | integer | Chi bộ hoàn thành | Cells: completed
-- column: cells_not_completed | integer | Chi bộ không hoàn thành | Cells: not completed
-- column: excellent | integer | Đảng viên hoàn thành xuất sắc | Members: excellent
-- column: good | integer | Đảng viên hoàn thành tốt | Members: good
-- column: completed | integer | Đảng viên hoàn thành | Members: completed
-- column: not_completed | integer | Đảng viên không hoàn thành | Members: not completed
-- column: evaluated | integer | Đã đánh giá | Evaluated
-- column: not_evaluated | integer | Chưa đánh giá | Not evaluated
-- column: members | integer | Đảng viên theo biểu | Members in the sheets
-- column: over_cap | integer | TCCSĐ vượt 20 % | Organisations over the 20 % cap
-- column: without_sheet | integer | TCCSĐ chưa có biểu | Organisations without a sheet
-- column: members_without_sheet | integer | Đảng viên chưa có trong biểu | Members in no sheet
--
-- The annual sheets of the years that [from, date] touches. The classes add up to evaluated; evaluated and not evaluated to the members in the
-- sheets. Over the cap: more than one excellent to five good within one grassroots organisation. Without a sheet: in force on the date and none
-- for the year of the date; members: on the date, of cells that no sheet of that year has.
with recursive {tree},
{rows},
{members},
sheet as materialized (
    select s.id, s.since, s.branch, r.row_branch, s.year, s.class
    from {evaluation} s
    join row_of r on r.id = s.branch
    where s.period = 'year' and s.year between extract(year from {from})::bigint and extract(year from $2::date)::bigint
),
counted as materialized (
    select s.id, s.row_branch,
           count(*) filter (where c.cell_class = 'excellent') as cells_excellent,
           count(*) filter (where c.cell_class = 'good') as cells_good,
           count(*) filter (where c.cell_class = 'completed') as cells_completed,
           count(*) filter (where c.cell_class = 'not_completed') as cells_not_completed,
           sum(c.cell_excellent) as excellent, sum(c.cell_good) as good, sum(c.cell_completed) as completed,
           sum(c.cell_not_completed) as not_completed, sum(c.cell_not_evaluated) as not_evaluated, sum(c.cell_members) as members
    from {evaluation_cell} c
    join sheet s on {of c s}
    group by s.id, s.row_branch
),
fact as (
    select s.row_branch, s.id, s.branch, s.class, 5 * coalesce(c.excellent, 0) > coalesce(c.good, 0) as is_over,
           c.cells_excellent, c.cells_good, c.cells_completed, c.cells_not_completed, c.excellent, c.good, c.completed, c.not_completed,
           c.not_evaluated, c.members, false as is_without, 0 as members_without
    from sheet s
    left join counted c on c.id = s.id
    union all
    select r.row_branch, null, b.id, null, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, true, 0
    from branch_at b
    join row_of r on r.id = b.id
    where b.kind in ('grassroots_committee', 'grassroots_cell')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
      and b.id not in (select s.branch from sheet s where s.branch is not null and s.year = extract(year from $2::date)::bigint)
    union all
    select r.row_branch, null, m.branch, null, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, m.members
    from (select m.branch, count(*) as members from member_at m group by m.branch) m
    join row_of r on r.id = m.branch
    where m.branch not in (select c.cell_branch from {evaluation_cell} c join sheet s on {of c s}
                           where c.cell_branch is not null and s.year = extract(year from $2::date)::bigint)
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.class = 'excellent') as organisations_excellent,
           count(*) filter (where f.class = 'good') as organisations_good,
           count(*) filter (where f.class = 'completed') as organisations_completed,
           count(*) filter (where f.class = 'not_completed') as organisations_not_completed,
           coalesce(sum(f.cells_excellent), 0) as cells_excellent, coalesce(sum(f.cells_good), 0) as cells_good,
           coalesce(sum(f.cells_completed), 0) as cells_completed, coalesce(sum(f.cells_not_completed), 0) as cells_not_completed,
           coalesce(sum(f.excellent), 0) as excellent, coalesce(sum(f.good), 0) as good, coalesce(sum(f.completed), 0) as completed,
           coalesce(sum(f.not_completed), 0) as not_completed, coalesce(sum(f.not_evaluated), 0) as not_evaluated,
           coalesce(sum(f.members), 0) as members,
           count(*) filter (where f.is_over) as over_cap,
           count(*) filter (where f.is_without) as without_sheet,
           coalesce(sum(f.members_without), 0) as members_without_sheet
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.organisations_excellent::text, g.organisations_good::text, g.organisations_completed::text, g.organisations_not_completed::text,
       g.cells_excellent::text, g.cells_good::text, g.cells_completed::text, g.cells_not_completed::text,
       g.excellent::text, g.good::text, g.completed::text, g.not_completed::text,
       (g.excellent + g.good + g.completed + g.not_completed)::text, g.not_evaluated::text, g.members::text, g.over_cap::text,
       g.without_sheet::text, g.members_without_sheet::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: evaluation
select 'evaluation', s.id, s.branch from sheet s
