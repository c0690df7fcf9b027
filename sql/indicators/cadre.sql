-- indicator: cadre
-- name: Quy hoạch, bồi dưỡng cấp uỷ; hội thi, câu lạc bộ bí thư | Cadre: planning, training, contests and clubs
-- unit: người, hoạt động | persons, activities
-- clause: 3.4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: planned | integer | Cấp uỷ viên được quy hoạch | Planned committee members
-- column: planned_trained | integer | Đã qua bồi dưỡng | Of them trained
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- column: contests | integer | Hội thi | Contests
-- column: contest_participants | integer | Bí thư dự thi | In contests
-- column: clubs | integer | Câu lạc bộ | Clubs
-- column: club_members | integer | Bí thư tham gia câu lạc bộ | In clubs
--
-- Members planned for a committee or its secretaries on the date, each once per organisation; trained: completed the course for committee members
-- or a course of political theory by then. Contests and clubs that went on in [from, date]; without an
-- end a contest took a day and a club goes on.
with recursive {tree},
{rows},
trained as materialized (
    select distinct t.member
    from {training} t
    where t.completed_date <= $2::date
      and t.course in ('committee_member', 'theory_elementary', 'theory_intermediate', 'theory_advanced')
),
fact as (
    select r.row_branch, 'planning' as kind, p.id, p.branch, p.member in (select t.member from trained t) as is_trained,
           null::text as type, null::bigint as participants
    from (select distinct on (p.branch, p.member) p.id, p.branch, p.member
          from {planning} p
          where p.position in ('committee_member', 'secretary', 'deputy_secretary')
            and p.from_date <= $2::date and (p.to_date is null or p.to_date > $2::date)
          order by p.branch, p.member, p.id) p
    join row_of r on r.id = p.branch
    union all
    select r.row_branch, 'competition', c.id, c.branch, false, c.type, c.participants
    from {competition} c
    join row_of r on r.id = c.branch
    where c.from_date <= $2::date
      and case when c.to_date is null and c.type = 'contest' then c.from_date else coalesce(c.to_date, $2::date) end >= {from}
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.kind = 'planning') as planned,
           count(*) filter (where f.is_trained) as planned_trained,
           count(*) filter (where f.type = 'contest') as contests,
           coalesce(sum(f.participants) filter (where f.type = 'contest'), 0) as contest_participants,
           count(*) filter (where f.type = 'club') as clubs,
           coalesce(sum(f.participants) filter (where f.type = 'club'), 0) as club_members
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.planned::text, g.planned_trained::text, round(100.0 * g.planned_trained / nullif(g.planned, 0), 2)::text, g.contests::text, g.contest_participants::text,
       g.clubs::text, g.club_members::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: planning, competition
select f.kind, f.id, f.branch from fact f
