-- indicator: small_cells
-- name: Chi bộ dưới 3 đảng viên chính thức | Cells with fewer than 3 official members
-- unit: chi bộ | cells
-- clause: 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: branch | text | Chi bộ | Cell
-- column: branch_code | id | Mã chi bộ | Cell code
-- column: official | integer | Chính thức | Official
-- column: probationary | integer | Dự bị | Probationary
--
-- Rule cell.minimum_members over the whole unit on the date: a cell needs 3 official members. One row per cell below it, cells in
-- force on the date only.
with recursive {tree},
{members},
counted as materialized (
    select m.branch,
           count(*) filter (where m.official_date <= $2::date) as official,
           count(*) as members
    from member_at m
    group by m.branch
),
small as (
    select t.id, t.code, t.name, t.sender, coalesce(c.official, 0) as official, coalesce(c.members, 0) as members
    from tree t
    join branch_at b on b.id = t.id
    left join counted c on c.branch = t.id
    where t.kind in ('cell', 'grassroots_cell')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
      and coalesce(c.official, 0) < 3
)
select s.name,
       s.code,
       c.name,
       c.code,
       c.official::text,
       (c.members - c.official)::text
from small c
left join branch_at s on s.id = c.sender
order by s.code collate "C", c.code collate "C", c.name collate "C", c.id

-- trace: branch, member
select 'branch', s.id, s.id
from small s
union all
select 'member', m.id, m.branch
from member_at m
join small s on s.id = m.branch
