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
-- Members on the date who got a task in [from, date], and the results of those tasks, which count where the task was given;
-- of a task completed later there is none yet.
with recursive {tree},
{rows},
{members},
given as materialized (
    select t.id, t.member, t.branch, case when t.completed_date is null or t.completed_date <= $2::date then t.result end as result
    from {task} t
    where t.assigned_date between {from} and $2::date
),
fact as (
    -- Cell by cell first: the members are met once.
    select r.row_branch, m.members, m.with_task, null::uuid as id, null::uuid as branch, null::text as result
    from (select m.branch, count(*) as members, count(*) filter (where m.id in (select g.member from given g)) as with_task
          from member_at m
          group by m.branch) m
    join row_of r on r.id = m.branch
    union all
    select r.row_branch, 0, 0, g.id, g.branch, coalesce(g.result, 'open')
    from given g
    join row_of r on r.id = g.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           coalesce(sum(f.members), 0) as members,
           coalesce(sum(f.with_task), 0) as with_task,
           count(f.id) as tasks,
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
select 'task', f.id, f.branch from fact f where f.id is not null
