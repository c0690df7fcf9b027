-- find_sender: the branch a device is to speak for. $1 text: code list; $2 text: code.
-- Rows: id in hex, is_sender; and always one row whose first column is null when the code is unknown; the last column says whether
-- the list has any branch yet (before the province's first submission it has none).
select replace(b.id::text, '-', ''), coalesce(b.is_sender, false), exists (select from dantin.branch where code_list = $1)
from (select) as one
left join dantin.branch b on b.code_list = $1 and b.code = $2 and b.dissolved_date is null
order by b.id
limit 2
