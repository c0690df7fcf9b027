-- indicator: looked
-- name: Ai đã xem bản ghi | Who looked at a record
-- unit: lần đọc | looks
-- clause: 4
-- column: time | time | Thời điểm | Time
-- column: sender | text | Đơn vị đọc | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: role | text | Vai trò | Role
-- column: what | text | Đọc gì | What
-- column: definition | text | Chỉ tiêu | Definition
-- column: purpose | text | Để làm gì | Purpose
-- column: match | text | Chắc chắn | Certain
--
-- Who looked at one record, which the device must see. $3 text: its kind, $4 uuid: its id, $5 uuid: its pseudonym in the log. A look at
-- more persons than are listed one by one, at a unit the record has ever been in, is a possible one. Newest first.
with looked as materialized (
    select l.*
    from read.looks_at($3::text, $4::uuid, $5::uuid) l
    where $1::uuid is not null and $2::date is not null
)
select l.looked_at_ms::text,
       l.sender_name,
       l.sender_code,
       l.role,
       case l.what when 'trace' then {say từng bản ghi|records} when 'conflict' then {say nội dung bản ghi xung đột|content in a conflict}
                   when 'waiting' then {say nội dung chờ duyệt|content that waits for approval}
                   when 'export' then {say xuất toàn bộ sổ cái|export of the journal}
                   when 'backup' then {say sao lưu toàn bộ dữ liệu|backup of everything} else l.what end,
       l.definition,
       nullif(l.purpose, ''),
       case when l.is_listed then {say chắc chắn|certain} else {say có thể|possible} end
from looked l
order by l.id desc
