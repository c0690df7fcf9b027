-- indicator: reorganisation
-- name: Sắp xếp tổ chức đảng | Reorganisation of branches
-- unit: tổ chức | branches
-- clause: 2.1
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: established | integer | Thành lập | Established
-- column: dissolved | integer | Giải thể, kết thúc | Dissolved
-- column: merged | integer | Sáp nhập | Merged
-- column: split | integer | Chia, tách | Split
-- column: renamed | integer | Đổi tên | Renamed
-- column: converted | integer | Chuyển đổi | Converted
-- column: members_before | integer | Đảng viên trước sắp xếp | Members before
-- column: members_after | integer | Đảng viên chuyển sang đơn vị mới | Members passed on
-- column: lost | integer | Chênh lệch | Not passed on
--
-- In [from, date]. Merged, split, renamed and converted count the branches that ended so, by their links to successors. Conserved:
-- those who belonged to such a branch on the day before are in one of its successors from the day on; the rest is "not passed on".
with recursive {tree},
{rows},
link as materialized (
    select b.id, s.successor_branch as successor, s.successor_date as date, s.successor_type as type
    from {branch} b
    join {branch_successor} s on {of s b}
    where s.successor_date between {from} and $2::date
),
spell as (
    -- Who belonged where, around the links.
    select m.id, m.branch_branch as branch, coalesce(m.branch_from, '-infinity'::date) as begun, coalesce(m.branch_to, 'infinity'::date) as ended
    from {member} m
    where m.branch_branch in (select id from link union select successor from link)
    union all
    select m.id, e.branch_branch, coalesce(e.branch_from, '-infinity'::date), coalesce(e.branch_to, 'infinity'::date)
    from {member_branch} e
    join {member} m on {of e m}
    where e.branch_branch in (select id from link union select successor from link)
),
moved as (
    select l.id, count(distinct s.id) as members_before,
           count(distinct s.id) filter (where exists (
               select from spell a
               where a.id = s.id and a.begun = l.date
                 and a.branch in (select o.successor from link o where o.id = l.id and o.date = l.date))) as members_after
    from (select distinct id, date from link) l
    join spell s on s.branch = l.id and s.begun < l.date and s.ended >= l.date
    join {member} m on m.id = s.id and m.admission_date < l.date and (m.ended_date is null or m.ended_date >= l.date)
    group by l.id
),
fact as (
    select b.id, r.row_branch,
           b.established_date between {from} and $2::date as is_established,
           b.dissolved_date between {from} and $2::date as is_dissolved,
           (select l.type from link l where l.id = b.id order by l.date desc limit 1) as type,
           v.members_before, v.members_after
    from branch_at b
    join row_of r on r.id = coalesce((select t.id from tree t where t.id = b.id),
                                     -- a branch that has left the tree counts where its last superior does
                                     (select t.id from tree t join {branch} x on x.parent_branch = t.id where x.id = b.id))
    left join moved v on v.id = b.id
    where b.established_date between {from} and $2::date or b.dissolved_date between {from} and $2::date
       or b.id in (select id from link)
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.is_established) as established,
           count(*) filter (where f.is_dissolved) as dissolved,
           count(*) filter (where f.type = 'merged') as merged,
           count(*) filter (where f.type = 'split') as split,
           count(*) filter (where f.type = 'renamed') as renamed,
           count(*) filter (where f.type = 'converted') as converted,
           coalesce(sum(f.members_before), 0) as members_before,
           coalesce(sum(f.members_after), 0) as members_after
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.established::text, g.dissolved::text, g.merged::text, g.split::text, g.renamed::text, g.converted::text,
       g.members_before::text, g.members_after::text, (g.members_before - g.members_after)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: branch
select 'branch', f.id, f.id from fact f
