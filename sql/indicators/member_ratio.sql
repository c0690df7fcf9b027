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
{rows},
counted as materialized (
    -- Cell by cell first: the members are met once.
    select r.row_branch, sum(m.members) as members, sum(m.official) as official
    from (select m.branch, count(*) as members, count(*) filter (where m.official_date <= $2::date) as official
          from member_at m
          group by m.branch) m
    join row_of r on r.id = m.branch
    group by r.row_branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           coalesce(sum(c.members), 0) as members, coalesce(sum(c.official), 0) as official
    from shown
    full join counted c using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.members::text,
       g.official::text,
       (g.members - g.official)::text,
       p.people::text,
       round(100.0 * g.members / nullif(p.people, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
left join lateral (
    select pop.population_people as people
    from {locality} l
    join {locality_population} pop on {of pop l}
    where l.id = case when g.is_total then (select u.locality from unit_at u) when g.row_branch <> $1::uuid then b.locality end
      and pop.population_as_of <= $2::date
    order by pop.population_as_of desc, pop.element
    limit 1
) p on true
order by {row_order}

-- trace: member
select 'member', m.id, m.branch
from member_at m
join tree t on t.id = m.branch
