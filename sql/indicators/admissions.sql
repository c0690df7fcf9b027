-- indicator: admissions
-- name: Kết nạp đảng viên | Admissions
-- unit: người | persons
-- clause: 3.1, 3.2
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: admitted | integer | Kết nạp | Admitted
-- column: target | decimal | Chỉ tiêu trong kỳ | Target of the period
-- column: percent | decimal | Đạt (%) | Reached (%)
-- column: women | integer | Nữ | Women
-- column: ethnic | integer | Dân tộc thiểu số | Ethnic minorities
-- column: religious | integer | Có đạo | With a religion
-- column: youth_union | integer | Đoàn viên | Youth Union
-- column: aged_18_30 | integer | 18–30 tuổi | Aged 18–30
-- column: private_workers | integer | Lao động khu vực tư nhân | Workers in private units
-- column: mean_per_year | decimal | Bình quân một năm | Mean per year
-- sensitive: ethnic of admitted
-- sensitive: religious of admitted
--
-- Admitted in [from, date] by the day of the ceremony, where they belonged on that day, whatever became of them; the admissions line of
-- `flow`. Target: the targets of the years the period touches. Mean: over the period's days, of 365.25 to a year.
with recursive {tree},
{rows},
admitted as materialized (
    select m.id, m.birth_date, m.admission_date, m.sex, m.ethnicity, m.religion, m.occupation, m.was_youth_union_member,
           case when m.branch_from is null or m.branch_from <= m.admission_date
                then m.branch_branch
                else (select e.branch_branch from {member_branch} e
                      where {of e m} and (e.branch_from is null or e.branch_from <= m.admission_date)
                        and (e.branch_to is null or e.branch_to > m.admission_date)
                      limit 1) end as branch
    from {member} m
    where m.admission_date between {from} and $2::date
      and {is_admission}
),
fact as (
    select a.id, a.branch, r.row_branch, a.sex, a.ethnicity, a.religion, a.was_youth_union_member, a.occupation, t.unit_type,
           a.admission_date < (a.birth_date + interval '31 years')::date as is_young
    from admitted a
    join row_of r on r.id = a.branch
    join tree t on t.id = a.branch
),
assigned as (
    select r.row_branch, sum(g.value) / 100.0 as value
    from {target} g
    join row_of r on r.id = g.assigned_to
    where g.measure = 'admissions' and g.year between extract(year from {from}) and extract(year from $2::date)
    group by r.row_branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.row_branch) as admitted,
           count(*) filter (where f.sex = 'nu') as women,
           count(*) filter (where f.ethnicity <> '01') as ethnic,
           count(*) filter (where f.religion <> '00') as religious,
           count(*) filter (where f.was_youth_union_member) as youth_union,
           count(*) filter (where f.is_young) as aged_18_30,
           count(*) filter (where f.occupation = 'worker' and f.unit_type in ('private', 'fdi')) as private_workers
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
),
against as (
    select g.*, case when g.is_total then (select sum(value) from assigned) else a.value end as target
    from figures g
    left join assigned a on a.row_branch = g.row_branch
)
select {row_name},
       g.admitted::text, round(g.target, 2)::text, round(100.0 * g.admitted / nullif(g.target, 0), 2)::text, g.women::text, g.ethnic::text,
       g.religious::text, g.youth_union::text, g.aged_18_30::text, g.private_workers::text,
       round(g.admitted * 365.25 / ($2::date - {from} + 1), 1)::text
from against g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: member, target
select 'member', f.id, f.branch from fact f
union all
select 'target', g.id, g.assigned_to from {target} g
where g.assigned_to in (select id from row_of) and g.measure = 'admissions'
  and g.year between extract(year from {from}) and extract(year from $2::date)
