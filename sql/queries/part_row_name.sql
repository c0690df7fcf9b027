-- part_row_name: put in place of {row_name}: name and code of a row of g (row_branch, is_total) joined with branch_at b.
case when g.is_total then {say Tổng cộng|Total} else coalesce(b.name, (select u.name from unit_at u)) end,
       case when g.is_total then null else coalesce(b.code, (select u.code from unit_at u)) end
