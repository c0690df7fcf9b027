-- indicator: record
-- name: Đếm bản ghi | Records counted
-- unit: bản ghi | records
-- clause: 4
-- dimension: sender | Đơn vị | Sender | branch
-- dimension: child | Tổ chức trực thuộc | Direct branch | branch
-- dimension: branch | Chi bộ | Cell | branch
-- dimension: branch_kind | Loại tổ chức đảng | Branch kind | codes branch_kind
-- dimension: unit_type | Loại hình đơn vị | Unit type | codes unit_type
-- column: records | integer | Số bản ghi | Records
--
-- Pivot of the records of any kind that belong to a branch of the unit on the date: all of them, whatever their own dates.
-- {record}, {owner}: the kind's table and the column that says whose a record is.
with recursive {tree},
fact as (
    select m.id as record,
           {fields}
           t.sender,
           t.child,
           t.id as branch,
           t.kind as branch_kind,
           t.unit_type
    from {record} m
    join tree t on t.id = m.{owner}
    where $2::date is not null
),
grouped as (
    select {groups} count(*) as records, {sum} as total
    from fact
    {where}
    {group_by}
)
select {cells} g.records::text{total}
from grouped g
{joins}
{order_by}

-- trace: branch
select {record_name}, f.record, f.branch
from fact f
{where}
