-- indicator: cells_without_committee
-- name: Chi bộ thôn, quân sự xã chưa có chi uỷ | Hamlet and military cells without a committee
-- unit: chi bộ | cells
-- clause: I
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: hamlet_cells | integer | Chi bộ thôn, tổ | Hamlet cells
-- column: hamlet_without | integer | Chưa có chi uỷ | Without a committee
-- column: hamlet_below_9 | integer | Trong đó dưới 9 chính thức | Of them below 9 official
-- column: military_cells | integer | Chi bộ quân sự xã | Commune military cells
-- column: military_without | integer | Chi bộ quân sự chưa có chi uỷ | Military without a committee
-- column: military_below_9 | integer | Chi bộ quân sự dưới 9 chính thức | Military, of them below 9 official
--
-- Cells in force on the date. A committee is in force when somebody holds the office of committee member there. Below nine official members a
-- cell elects a secretary only.
with recursive {tree},
{rows},
{offices},
{members},
official as materialized (
    select m.branch, count(*) filter (where m.official_date <= $2::date) as members
    from member_at m
    group by m.branch
),
fact as (
    select b.id, r.row_branch, b.unit_type = 'commune_military' as is_military,
           b.id not in (select o.branch from office_at o
                         where o.position = 'committee_member' and o.branch is not null) as is_without,
           coalesce(o.members, 0) < 9 as is_below
    from tree t
    join row_of r on r.id = t.id
    join branch_at b on b.id = t.id
    left join {locality} l on l.id = b.locality
    left join official o on o.branch = b.id
    where b.kind in ('cell', 'grassroots_cell')
      and (l.kind in ('hamlet', 'residential_group', 'village') or b.unit_type = 'commune_military')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where not f.is_military) as hamlet_cells,
           count(*) filter (where not f.is_military and f.is_without) as hamlet_without,
           count(*) filter (where not f.is_military and f.is_without and f.is_below) as hamlet_below_9,
           count(*) filter (where f.is_military) as military_cells,
           count(*) filter (where f.is_military and f.is_without) as military_without,
           count(*) filter (where f.is_military and f.is_without and f.is_below) as military_below_9
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.hamlet_cells::text, g.hamlet_without::text, g.hamlet_below_9::text, g.military_cells::text, g.military_without::text,
       g.military_below_9::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: branch
select 'branch', f.id, f.id from fact f where f.is_without
