-- indicator: tasks
-- name: Phân công nhiệm vụ cho đảng viên | Assigned tasks
-- unit: người, nhiệm vụ | persons, tasks
-- clause: 3.3
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: members | integer | Đảng viên | Members
-- column: with_task | integer | Được phân công | With a task
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- column: tasks | integer | Nhiệm vụ | Tasks
-- column: on_time | integer | Hoàn thành đúng hạn | On time
-- column: late | integer | Hoàn thành chậm | Late
-- column: not_completed | integer | Không hoàn thành | Not completed
-- column: open | integer | Chưa có kết quả | No result yet
--
-- Members on the date who got a task in [from, date], and the results of those tasks, which count where the task was given.
with recursive {tree},
{rows},
{members},
given as materialized (
    select t.id, t.member, t.branch, t.result
    from {task} t
    where t.assigned_date between {from} and $2::date
),
fact as (
    select r.row_branch, null::uuid as id, m.branch, true as is_member, m.id in (select g.member from given g) as has_task,
           null::text as result
    from member_at m
    join row_of r on r.id = m.branch
    union all
    select r.row_branch, g.id, g.branch, false, false, coalesce(g.result, 'open')
    from given g
    join row_of r on r.id = g.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.is_member) as members,
           count(*) filter (where f.has_task) as with_task,
           count(*) filter (where not f.is_member) as tasks,
           count(*) filter (where f.result = 'on_time') as on_time,
           count(*) filter (where f.result = 'late') as late,
           count(*) filter (where f.result = 'not_completed') as not_completed,
           count(*) filter (where f.result = 'open') as open
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.members::text, g.with_task::text, round(100.0 * g.with_task / nullif(g.members, 0), 2)::text, g.tasks::text, g.on_time::text, g.late::text,
       g.not_completed::text, g.open::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: task
select 'task', f.id, f.branch from fact f where not f.is_member
