-- indicator: member_ratio
-- name: Tỷ lệ đảng viên trên dân số | Party members per population
-- unit: % | %
-- clause: I, 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: members | integer | Đảng viên | Members
-- column: official | integer | Chính thức | Official
-- column: probationary | integer | Dự bị | Probationary
-- column: population | integer | Dân số | Population
-- column: ratio | decimal | Tỷ lệ (%) | Ratio (%)
--
-- Members in force on the date (exempt ones included, ended ones not) over the population of the locality, the latest figure
-- at the date; no figure: not available. One row per sender below the unit; without one, per direct child of the unit;
-- members that belong to none of them are in the unit's own row. The last row is the whole unit.
with recursive {tree},
{members},
grouping_of as materialized (
    select id, case when exists (select from tree where depth > 0 and is_sender)
                    then coalesce(sender, $1::uuid) else coalesce(child, $1::uuid) end as row_branch
    from tree
),
counted as materialized (
    select g.row_branch,
           count(*) as members,
           count(*) filter (where m.official_date <= $2::date) as official
    from member_at m
    join grouping_of g on g.id = m.branch
    group by g.row_branch
),
listed as (
    -- Every row there is to show: also a sender without any member.
    select row_branch from counted
    union
    select g.row_branch
    from grouping_of g
    join branch_at b on b.id = g.row_branch
    where g.row_branch <> $1::uuid
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
),
figures as (
    select false as is_total, l.row_branch, coalesce(c.members, 0) as members, coalesce(c.official, 0) as official
    from listed l
    left join counted c on c.row_branch = l.row_branch
    union all
    select true, $1::uuid, coalesce(sum(c.members), 0)::bigint, coalesce(sum(c.official), 0)::bigint
    from counted c
    having exists (select from unit_at)
)
select case when f.is_total then {say Tổng cộng|Total} else b.name end,
       case when f.is_total then null else b.code end,
       f.members::text,
       f.official::text,
       (f.members - f.official)::text,
       p.people::text,
       round(100.0 * f.members / nullif(p.people, 0), 2)::text
from figures f
left join branch_at b on b.id = f.row_branch
left join lateral (
    select pop.population_people as people
    from {locality} l
    join {locality_population} pop on {of pop l}
    where l.id = case when f.is_total then (select u.locality from unit_at u) else b.locality end and (f.is_total or f.row_branch <> $1::uuid) and pop.population_as_of <= $2::date
    order by pop.population_as_of desc, pop.element
    limit 1
) p on true
order by f.is_total, b.code collate "C", b.name collate "C", b.id

-- trace: member
select 'member', m.id, m.branch
from member_at m
join tree t on t.id = m.branch
