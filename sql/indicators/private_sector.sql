-- indicator: private_sector
-- name: Tổ chức đảng trong khu vực kinh tế tư nhân | Party organisation in the private sector
-- unit: đơn vị | units
-- clause: I, 2.1, 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: units | integer | Đơn vị kinh tế tư nhân | Private units
-- column: organised | integer | Có tổ chức đảng | With an organisation
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- column: target | decimal | Chỉ tiêu (%) | Target (%)
-- column: workers | integer | Lao động | Workers
-- column: members | integer | Đảng viên | Members
-- column: member_share | decimal | Đảng viên trên lao động (%) | Members per worker (%)
-- column: worker_members | integer | Đảng viên là lao động trực tiếp | Worker members
-- column: worker_share | decimal | Lao động trực tiếp trong đảng viên (%) | Worker members per member (%)
--
-- Units in operation on the date; with an organisation from the day it was there until it is dissolved; the latest headcount by the date. The
-- target of the year of the date, of the row whose own it is; the total has none.
with recursive {tree},
{rows},
fact as (
    select u.id, u.branch, r.row_branch,
           u.organisation is not null and (u.organisation_from is null or u.organisation_from <= $2::date)
               and u.organisation not in (select o.id from branch_at o where o.dissolved_date <= $2::date) as is_organised,
           h.workers, h.members, h.worker_members
    from {private_unit} u
    join row_of r on r.id = u.branch
    left join lateral (select h.headcount_workers as workers, h.headcount_members as members,
                              h.headcount_worker_members as worker_members
                       from {private_unit_headcount} h
                       where {of h u} and h.headcount_as_of <= $2::date
                       order by h.headcount_as_of desc
                       limit 1) h on true
    where (u.established_date is null or u.established_date <= $2::date)
      and (u.closed_date is null or u.closed_date > $2::date)
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.id) as units,
           count(*) filter (where f.is_organised) as organised,
           coalesce(sum(f.workers), 0) as workers,
           coalesce(sum(f.members), 0) as members,
           coalesce(sum(f.worker_members), 0) as worker_members
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.units::text, g.organised::text, round(100.0 * g.organised / nullif(g.units, 0), 2)::text,
       (select round(max(t.value) / 100.0, 2) from {target} t
        where t.assigned_to = g.row_branch and not g.is_total and t.measure = 'private_units_with_organisation'
          and t.year = extract(year from $2::date))::text,
       g.workers::text, g.members::text, round(100.0 * g.members / nullif(g.workers, 0), 2)::text, g.worker_members::text,
       round(100.0 * g.worker_members / nullif(g.members, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: private_unit
select 'private_unit', f.id, f.branch from fact f
