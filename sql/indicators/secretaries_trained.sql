-- indicator: secretaries_trained
-- name: Bí thư chi bộ được bồi dưỡng nghiệp vụ | Cell secretaries trained
-- unit: người | persons
-- clause: 3.1, 3.4
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: secretaries | integer | Bí thư chi bộ | Cell secretaries
-- column: trained | integer | Đã bồi dưỡng | Trained
-- column: share | decimal | Tỷ lệ (%) | Share (%)
--
-- Secretaries of cells in office on the date; trained: completed the professional course by then. Target 100 %.
with recursive {tree},
{rows},
{offices},
trained as materialized (
    select distinct c.member from {training} c where c.course = 'cell_secretary' and c.completed_date <= $2::date
),
fact as (
    select o.id, o.branch, o.member, r.row_branch, exists (select from trained c where c.member = o.member) as is_trained
    from office_at o
    join row_of r on r.id = o.branch
    join branch_at b on b.id = o.branch
    where o.position = 'secretary' and b.kind in ('cell', 'grassroots_cell')
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.row_branch) as secretaries,
           count(*) filter (where f.is_trained) as trained
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.secretaries::text, g.trained::text, round(100.0 * g.trained / nullif(g.secretaries, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: office, training
select 'office', f.id, f.branch from fact f
union all
select 'training', c.id, c.branch from {training} c
where c.course = 'cell_secretary' and c.completed_date <= $2::date and c.member in (select f.member from fact f)
