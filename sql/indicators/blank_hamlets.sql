-- indicator: blank_hamlets
-- name: Thôn, tổ dân phố chưa có chi bộ, chưa có đảng viên | Hamlets without a cell, without a member
-- unit: thôn, tổ | hamlets
-- clause: I, 3.1
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: hamlets | integer | Thôn, tổ dân phố | Hamlets
-- column: without_cell | integer | Chưa có chi bộ | Without a cell
-- column: without_member | integer | Chưa có đảng viên | Without a member
--
-- Hamlets of the unit's locality in force on the date. A cell is a hamlet's when the hamlet is its locality; a member when such a cell is theirs.
with recursive {tree},
{rows},
{hamlets},
{members},
cell_at as materialized (
    select b.locality, b.id
    from branch_at b
    where b.kind in ('cell', 'grassroots_cell')
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
),
fact as (
    select h.id, h.row_branch,
           h.id in (select c.locality from cell_at c where c.locality is not null) as has_cell,
           h.id in (select c.locality from cell_at c
                    where c.locality is not null and c.id in (select m.branch from member_at m)) as has_member
    from hamlet_at h
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.row_branch) as hamlets,
           count(*) filter (where not f.has_cell) as without_cell,
           count(*) filter (where not f.has_member) as without_member
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.hamlets::text, g.without_cell::text, g.without_member::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: locality
select 'locality', f.id, f.row_branch from fact f where not f.has_cell or not f.has_member
