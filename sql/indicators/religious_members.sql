-- indicator: religious_members
-- name: Đảng viên là người có đạo | Members with a religion
-- unit: người | persons
-- clause: 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: members | integer | Đảng viên | Members
-- column: religious | integer | Có đạo | With a religion
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- sensitive: religious, share of members
--
-- Members on the date whose religion is stated and not "none".
with recursive {tree},
{rows},
fact as (
    select m.id, m.branch, r.row_branch, m.religion <> '00' as is_religious
    from (select m.id, m.religion,
                 {branch_on_date} as branch
          from {member} m
          where m.admission_date <= $2::date and (m.ended_date is null or m.ended_date > $2::date)) m
    join row_of r on r.id = m.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.row_branch) as members,
           count(*) filter (where f.is_religious) as religious
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.members::text, g.religious::text, round(100.0 * g.religious / nullif(g.members, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: member
select 'member', f.id, f.branch from fact f
