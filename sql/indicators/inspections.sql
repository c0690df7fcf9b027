-- indicator: inspections
-- name: Kiểm tra, giám sát | Inspections and supervisions
-- unit: cuộc | inspections
-- clause: 1.4, 4
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: planned | integer | Theo kế hoạch | Planned
-- column: done | integer | Đã hoàn thành | Done
-- column: share | decimal | Tỷ lệ (%) | Share (%)
-- column: published | integer | Đã công bố kết luận | Published
-- column: good | integer | Thực hiện tốt | Good
-- column: shortcomings | integer | Có hạn chế | Shortcomings
-- column: violation | integer | Có vi phạm | Violation
-- column: disciplined | integer | Phải kỷ luật | Disciplined
--
-- Inspections planned for a day in [from, date], in the row of who inspects. Conclusions that were published by the date only.
with recursive {tree},
{rows},
fact as (
    select i.id, i.branch, r.row_branch, i.done_date <= $2::date as is_done, i.published_date <= $2::date as is_published,
           case when i.published_date <= $2::date then i.conclusion end as conclusion
    from {inspection} i
    join row_of r on r.id = i.branch
    where i.planned_date between {from} and $2::date
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(f.id) as planned,
           count(*) filter (where f.is_done) as done,
           count(*) filter (where f.is_published) as published,
           count(*) filter (where f.conclusion = 'good') as good,
           count(*) filter (where f.conclusion = 'shortcomings') as shortcomings,
           count(*) filter (where f.conclusion = 'violation') as violation,
           count(*) filter (where f.conclusion = 'disciplined') as disciplined
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.planned::text, g.done::text, round(100.0 * g.done / nullif(g.planned, 0), 2)::text, g.published::text, g.good::text, g.shortcomings::text,
       g.violation::text, g.disciplined::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: inspection
select 'inspection', f.id, f.branch from fact f
