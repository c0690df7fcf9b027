-- indicator: targets
-- name: Chỉ tiêu được giao và kết quả | Targets and results
-- unit: theo chỉ tiêu | as the measure says
-- clause: 2.1, 3.1, 4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: year | text | Năm | Year
-- column: measure | text | Chỉ tiêu | Measure
-- column: measure_code | id | Mã chỉ tiêu | Measure code
-- column: target | decimal | Mức giao | Target
-- column: actual | decimal | Thực hiện | Actual
-- column: percent | decimal | Đạt (%) | Reached (%)
--
-- Every target assigned for the years the period touches, with what stands on the date over the whole organisation it is assigned to;
-- admissions: of the target's own year, up to the date. Measures as the indicators of their names define them. No percentage of a
-- target of zero. The share of members with a religion is not repeated here: religious_members shows it, to whom and when it may.
with recursive {tree},
{members},
assigned as materialized (
    select g.id, g.assigned_to, g.year, g.measure, g.value / 100.0 as value
    from {target} g
    where g.assigned_to in (select id from tree)
      and g.year between extract(year from {from}) and extract(year from $2::date)
),
inside (unit, id) as (
    select a.assigned_to, a.assigned_to from assigned a
    union
    select i.unit, b.id from inside i join branch_at b on b.parent = i.id
),
counted as materialized (
    select i.unit, sum(m.members) as members
    from (select m.branch, count(*) as members from member_at m group by m.branch) m
    join inside i on i.id = m.branch
    group by i.unit
),
admitted as materialized (
    select i.unit, extract(year from m.admission_date)::integer as year, count(*) as members
    from {member} m
    left join {member_branch} e on {of e m} and m.branch_from > m.admission_date
        and (e.branch_from is null or e.branch_from <= m.admission_date)
        and (e.branch_to is null or e.branch_to > m.admission_date)
    join inside i on i.id = case when m.branch_from > m.admission_date then e.branch_branch else m.branch_branch end
    where m.admission_date between date_trunc('year', {from})::date and $2::date
      and {is_admission}
    group by i.unit, 2
),
held as materialized (
    select o.branch, o.position, o.member, i.unit
    from {office} o
    join inside i on i.id = o.branch
    where o.position in ('secretary', 'hamlet_head', 'group_head', 'front_head')
      and o.from_date <= $2::date and (o.to_date is null or o.to_date > $2::date)
),
heads as materialized (
    select h.unit, count(*) as outsiders
    from held h
    where h.position in ('hamlet_head', 'group_head', 'front_head')
      and not exists (select from {member} m
                      where m.id = h.member and m.admission_date <= $2::date
                        and (m.ended_date is null or m.ended_date > $2::date)
                      offset 0)
    group by h.unit
),
secretaries as materialized (
    select h.unit, count(*) as held,
           count(*) filter (where h.member in (select c.member from {training} c
                                               where c.course = 'cell_secretary' and c.completed_date <= $2::date)) as trained
    from held h
    where h.position = 'secretary'
      and h.branch in (select b.id from branch_at b where b.kind in ('cell', 'grassroots_cell'))
    group by h.unit
),
private as materialized (
    select i.unit, count(*) as units,
           count(*) filter (where p.organisation is not null
                              and (p.organisation_from is null or p.organisation_from <= $2::date)
                              and p.organisation not in (select o.id from branch_at o where o.dissolved_date <= $2::date)) as organised
    from {private_unit} p
    join inside i on i.id = p.branch
    where (p.established_date is null or p.established_date <= $2::date) and (p.closed_date is null or p.closed_date > $2::date)
    group by i.unit
),
ground (unit, id) as (
    select a.assigned_to, b.locality
    from (select distinct assigned_to from assigned where measure = 'blank_hamlets') a
    join branch_at b on b.id = a.assigned_to
    union
    select g.unit, l.id
    from ground g
    join {locality} l on l.parent_locality = g.id
),
blank as materialized (
    select g.unit, count(*) as hamlets
    from ground g
    join {locality} l on l.id = g.id
    where l.kind in ('hamlet', 'residential_group', 'village')
      and (l.valid_from is null or l.valid_from <= $2::date) and (l.valid_to is null or l.valid_to > $2::date)
      and not exists (select from branch_at c
                      where c.locality = l.id and c.kind in ('cell', 'grassroots_cell')
                        and (c.established_date is null or c.established_date <= $2::date)
                        and (c.dissolved_date is null or c.dissolved_date > $2::date))
    group by g.unit
),
measured as materialized (
    select a.*, b.name, b.code,
           case a.measure
               when 'admissions' then coalesce((select d.members from admitted d where d.unit = a.assigned_to and d.year = a.year), 0)
               when 'member_ratio' then
                   round(100.0 * coalesce(c.members, 0)
                         / nullif((select p.population_people from {locality} l join {locality_population} p on {of p l}
                                   where l.id = b.locality and p.population_as_of <= $2::date
                                   order by p.population_as_of desc limit 1), 0), 2)
               when 'non_member_heads' then coalesce((select h.outsiders from heads h where h.unit = a.assigned_to), 0)
               when 'secretaries_trained' then
                   (select round(100.0 * s.trained / nullif(s.held, 0), 2) from secretaries s where s.unit = a.assigned_to)
               when 'private_units_with_organisation' then
                   (select round(100.0 * p.organised / nullif(p.units, 0), 2) from private p where p.unit = a.assigned_to)
               when 'blank_hamlets' then coalesce((select h.hamlets from blank h where h.unit = a.assigned_to), 0)
           end as actual
    from assigned a
    join branch_at b on b.id = a.assigned_to
    left join counted c on c.unit = a.assigned_to
)
select m.name, m.code, m.year::text, {name target_measure m.measure}, m.measure, round(m.value, 2)::text, m.actual::text,
       round(100.0 * m.actual / nullif(m.value, 0), 2)::text
from measured m
order by m.code collate "C", m.name collate "C", m.year, m.measure collate "C", m.id
-- trace: target
select 'target', a.id, a.assigned_to from assigned a
