-- indicator: supervision
-- name: Cấp uỷ viên phụ trách cơ sở | Committee members in charge
-- unit: tổ chức | branches
-- clause: 1.4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: grassroots | integer | Tổ chức cơ sở đảng | Grassroots organisations
-- column: grassroots_assigned | integer | Có cấp uỷ viên tỉnh phụ trách | With a provincial committee member
-- column: grassroots_share | decimal | Tỷ lệ cơ sở (%) | Grassroots share (%)
-- column: cells | integer | Chi bộ | Cells
-- column: cells_assigned | integer | Chi bộ có cấp uỷ viên phụ trách | Cells with a committee member
-- column: cells_share | decimal | Tỷ lệ chi bộ (%) | Cells share (%)
-- column: visits | integer | Lần dự trong kỳ | Visits in the period
--
-- Assignments in force on the date: of the province over grassroots organisations, of a direct or grassroots committee over cells, which include
-- grassroots cells. Visits in [from, date], of any assignment.
with recursive {tree},
{rows},
assigned as materialized (
    select s.id, s.since, s.branch, s.level
    from {supervision} s
    where s.from_date <= $2::date and (s.to_date is null or s.to_date > $2::date)
),
visited as materialized (
    select s.id, s.branch
    from {supervision_visit} v
    join {supervision} s on {of v s}
    where v.visit_date between {from} and $2::date
),
fact as (
    select r.row_branch, null::uuid as id, b.id as branch,
           b.kind in ('grassroots_committee', 'grassroots_cell') as is_grassroots,
           b.kind in ('cell', 'grassroots_cell') as is_cell,
           b.id in (select a.branch from assigned a where a.level = 'province' and a.branch is not null) as has_province,
           b.id in (select a.branch from assigned a where a.level <> 'province' and a.branch is not null) as has_direct
    from branch_at b
    join row_of r on r.id = b.id
    where b.kind in ('grassroots_committee', 'grassroots_cell', 'cell')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
    union all
    select r.row_branch, v.id, v.branch, false, false, false, false
    from visited v
    join row_of r on r.id = v.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.is_grassroots) as grassroots,
           count(*) filter (where f.is_grassroots and f.has_province) as grassroots_assigned,
           count(*) filter (where f.is_cell) as cells,
           count(*) filter (where f.is_cell and f.has_direct) as cells_assigned,
           count(f.id) as visits
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.grassroots::text, g.grassroots_assigned::text, round(100.0 * g.grassroots_assigned / nullif(g.grassroots, 0), 2)::text,
       g.cells::text, g.cells_assigned::text, round(100.0 * g.cells_assigned / nullif(g.cells, 0), 2)::text, g.visits::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: supervision
select 'supervision', a.id, a.branch from assigned a where a.branch in (select id from row_of)
union
select 'supervision', f.id, f.branch from fact f where f.id is not null
