-- indicator: submission_status
-- name: Tình hình nộp của các đơn vị | Submission status per sender
-- unit: bản ghi | records
-- clause: 4
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: devices | integer | Thiết bị đã nộp | Devices that submitted
-- column: submissions | integer | Lần nộp | Submissions
-- column: last_receipt | time | Biên nhận gần nhất | Last receipt
-- column: last_position | integer | Vị trí gần nhất | Last position
-- column: records | integer | Bản ghi | Records
-- column: refused | integer | Chờ sửa: bị từ chối | To mend: refused
-- column: conflicts | integer | Chờ sửa: xung đột | To mend: conflicts
-- column: waiting | integer | Chờ người thứ hai duyệt | Waiting for a second person
--
-- One row per sender in the unit (the unit itself when it is one). Records: branches and members on the date whose nearest
-- sender it is. To mend: changes refused or in conflict whose record has got no later version; an unreadable submission's stay.
-- Waiting: changes that nobody had approved or turned down by the position; they count nowhere else.
-- Times: milliseconds since 1970 UTC.
with recursive {tree},
{members},
sender_at as materialized (
    select id, code, name from tree where is_sender
),
received as materialized (
    select s.sender, count(distinct s.device) as devices, count(*) as submissions, max(s.server_time_ms) as last_ms, max(s.position) as last_position
    from read.submission s
    where s.position < {position}
    group by s.sender
),
kept as materialized (
    select r.sender, count(*) as records
    from (select t.sender_above as sender from tree t
          union all
          select t.sender from member_at m join tree t on t.id = m.branch) r
    group by r.sender
),
pending as materialized (
    select r.sender, count(*) filter (where r.code = 3) as refused, count(*) filter (where r.code = 2) as conflicts
    from read.refusal r
    where r.position < {position}
      and not {superseded r}
    group by r.sender
),
waiting as materialized (
    select w.sender, count(*) as changes
    from read.waiting w
    where w.position < {position} and (w.decided_position is null or w.decided_position >= {position})
    group by w.sender
)
select s.name,
       s.code,
       coalesce(c.devices, 0)::text,
       coalesce(c.submissions, 0)::text,
       c.last_ms::text,
       c.last_position::text,
       coalesce(k.records, 0)::text,
       coalesce(p.refused, 0)::text,
       coalesce(p.conflicts, 0)::text,
       coalesce(w.changes, 0)::text
from sender_at s
left join received c on c.sender = s.id
left join kept k on k.sender = s.id
left join pending p on p.sender = s.id
left join waiting w on w.sender = s.id
order by s.code collate "C", s.name collate "C", s.id

-- trace: branch, member
select 'branch', t.id, t.id
from tree t
where t.sender_above is not null
union all
select 'member', m.id, m.branch
from member_at m
join tree t on t.id = m.branch
where t.sender is not null
