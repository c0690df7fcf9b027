-- indicator: removals
-- name: Đảng viên ra khỏi Đảng | Members who ceased to be
-- unit: người | persons
-- clause: 3.2
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: struck_off | integer | Xoá tên | Struck off
-- column: left | integer | Xin ra | Left
-- column: expelled | integer | Khai trừ | Expelled
-- column: probation_refused | integer | Không công nhận chính thức | Probation refused
-- column: died | integer | Từ trần | Died
-- column: total | integer | Cộng | Total
--
-- Membership that ended in [from, date], where the member belonged on the day before. Transfers out of the province are in `flow`.
with recursive {tree},
{rows},
fact as (
    select m.id, m.branch, r.row_branch, m.ended_reason
    from (select m.id, m.ended_reason,
                 case when (m.branch_from is null or m.branch_from < m.ended_date)
                           and (m.branch_to is null or m.branch_to >= m.ended_date)
                      then m.branch_branch
                      else (select e.branch_branch from {member_branch} e
                            where {of e m} and (e.branch_from is null or e.branch_from < m.ended_date)
                              and (e.branch_to is null or e.branch_to >= m.ended_date)
                            limit 1) end as branch
          from {member} m
          where m.ended_date between {from} and $2::date
            and m.ended_reason in ('struck_off', 'left', 'expelled', 'probation_refused', 'died')) m
    join row_of r on r.id = m.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.ended_reason = 'struck_off') as struck_off,
           count(*) filter (where f.ended_reason = 'left') as left_,
           count(*) filter (where f.ended_reason = 'expelled') as expelled,
           count(*) filter (where f.ended_reason = 'probation_refused') as probation_refused,
           count(*) filter (where f.ended_reason = 'died') as died,
           count(f.row_branch) as total
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.struck_off::text, g.left_::text, g.expelled::text, g.probation_refused::text, g.died::text, g.total::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: member
select 'member', f.id, f.branch from fact f
