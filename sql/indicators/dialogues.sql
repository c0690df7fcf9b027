-- indicator: dialogues
-- name: Đối thoại với đảng viên và nhân dân | Dialogues with members and people
-- unit: cuộc | dialogues
-- clause: 1.5
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: due | integer | Theo kế hoạch | Planned
-- column: held | integer | Đã đối thoại | Held
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- column: participants | integer | Người dự | Participants
-- column: raised | integer | Ý kiến | Matters raised
-- column: settled | integer | Đã giải quyết | Settled
-- column: settled_share | decimal | Tỷ lệ giải quyết (%) | Settled (%)
--
-- Dialogues planned for a day in [from, date]. Held: by the date. Matters of those held.
with recursive {tree},
{rows},
fact as (
    select d.id, d.branch, r.row_branch, d.held_date <= $2::date as is_held, d.participants, d.matters_raised, d.matters_settled
    from {dialogue} d
    join row_of r on r.id = d.branch
    where d.planned_date between {from} and $2::date
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.id) as due,
           count(*) filter (where f.is_held) as held,
           coalesce(sum(f.participants) filter (where f.is_held), 0) as participants,
           coalesce(sum(f.matters_raised) filter (where f.is_held), 0) as raised,
           coalesce(sum(f.matters_settled) filter (where f.is_held), 0) as settled
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.due::text, g.held::text, round(100.0 * g.held / nullif(g.due, 0), 2)::text, g.participants::text, g.raised::text, g.settled::text,
       round(100.0 * g.settled / nullif(g.raised, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: dialogue
select 'dialogue', f.id, f.branch from fact f
