-- indicator: non_member_heads
-- name: Trưởng thôn, tổ trưởng, trưởng ban Mặt trận chưa là đảng viên | Hamlet, group and Front heads who are not members
-- unit: người | persons
-- clause: I, 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: hamlet_heads | integer | Trưởng thôn | Hamlet heads
-- column: hamlet_non_members | integer | Trưởng thôn chưa là đảng viên | Hamlet heads not members
-- column: group_heads | integer | Tổ trưởng tổ dân phố | Group heads
-- column: group_non_members | integer | Tổ trưởng chưa là đảng viên | Group heads not members
-- column: front_heads | integer | Trưởng ban Mặt trận | Front heads
-- column: front_non_members | integer | Trưởng ban Mặt trận chưa là đảng viên | Front heads not members
-- column: non_members | integer | Cộng chưa là đảng viên | Not members, total
--
-- Offices held on the date; target 0. A holder is a member when the record names one whose membership is in force on the date.
with recursive {tree},
{rows},
{offices},
fact as (
    select o.id, o.branch, r.row_branch, o.position,
           not exists (select from {member} m
                       where m.id = o.member and m.admission_date <= $2::date
                         and (m.ended_date is null or m.ended_date > $2::date)) as is_outsider
    from office_at o
    join row_of r on r.id = o.branch
    where o.position in ('hamlet_head', 'group_head', 'front_head')
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.position = 'hamlet_head') as hamlet_heads,
           count(*) filter (where f.position = 'hamlet_head' and f.is_outsider) as hamlet_non_members,
           count(*) filter (where f.position = 'group_head') as group_heads,
           count(*) filter (where f.position = 'group_head' and f.is_outsider) as group_non_members,
           count(*) filter (where f.position = 'front_head') as front_heads,
           count(*) filter (where f.position = 'front_head' and f.is_outsider) as front_non_members,
           count(*) filter (where f.is_outsider) as non_members
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.hamlet_heads::text, g.hamlet_non_members::text, g.group_heads::text, g.group_non_members::text, g.front_heads::text,
       g.front_non_members::text, g.non_members::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: office
select 'office', f.id, f.branch from fact f
