-- indicator: looks
-- name: Sổ đọc | Log of reads
-- unit: lần đọc | looks
-- clause: 4
-- period: month
-- column: time | time | Thời điểm | Time
-- column: device | text | Thiết bị | Device
-- column: sender | text | Đơn vị đọc | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: role | text | Vai trò | Role
-- column: what | text | Đọc gì | What
-- column: definition | text | Chỉ tiêu | Definition
-- column: dimensions | text | Chiều, điều kiện | Dimensions, conditions
-- column: about | text | Về đơn vị | About
-- column: about_code | id | Mã đơn vị được đọc | About code
-- column: rows | integer | Số dòng | Rows
-- column: persons | integer | Số người | Persons
-- column: purpose | text | Để làm gì | Purpose
-- column: alarm | text | Bất thường | Unusual
--
-- Who looked at what in the period: of the province's auditors and administrators alone (read.look). At the own unit: all looks, at
-- another: those at exactly that unit. Days are those of Asia/Ho_Chi_Minh. Whom a look was at is asked by record (looked.sql).
with looked as materialized (
    select l.*
    from read.look l
    where l.looked_at_ms >= extract(epoch from {from}::timestamp at time zone 'Asia/Ho_Chi_Minh') * 1000
      and l.looked_at_ms < extract(epoch from ($2::date + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh') * 1000
      and (l.unit = $1::uuid
           or exists (select from read.device d
                      where d.id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex') and d.sender = $1::uuid))
)
select l.looked_at_ms::text,
       left(encode(l.device, 'hex'), 12),
       s.name,
       s.code,
       l.role,
       case l.what when 'figures' then {say số liệu|figures} when 'exact' then {say số chính xác nhạy cảm|exact sensitive figures}
                   when 'trace' then {say từng bản ghi|records} when 'conflict' then {say nội dung bản ghi xung đột|content in a conflict}
                   when 'waiting' then {say nội dung chờ duyệt|content that waits for approval}
                   when 'looks' then {say sổ đọc|log of reads} when 'export' then {say xuất toàn bộ sổ cái|export of the journal}
                   when 'backup' then {say sao lưu toàn bộ dữ liệu|backup of everything}
                   else l.what end,
       l.definition,
       l.dimensions,
       coalesce(b.name, p.name),
       coalesce(b.code, p.code),
       l.rows::text,
       l.persons::text,
       nullif(l.purpose, ''),
       case l.alarm when 'hour' then {say quá nhiều trong một giờ|too much in an hour} when 'day' then {say quá nhiều trong một ngày|too much in a day}
                    when 'usual' then {say hơn hẳn mức thường ngày|far more than usual} end
from looked l
left join read.branch s on s.id = l.sender
left join read.branch b on b.id = l.unit
left join read.locality p on p.id = l.unit
order by l.id desc
