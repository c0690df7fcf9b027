-- query_trace: behind the common table expressions of an indicator, the records of its trace and the receipts that brought
-- the version of each that the answer rests on; no names of persons. Composed by query_sql.c: {trace}, {trace_versions}.
-- Rows: kind, record, its branch (name, code), position, sender (name, code), sequence, server time in ms.
traced (kind, id, branch) as (
    {trace}
),
versions (kind, id, since) as (
    {trace_versions}
)
select t.kind,
       replace(t.id::text, '-', ''),
       b.name,
       b.code,
       v.since::text,
       s.name,
       s.code,
       j.sequence::text,
       j.server_time_ms::text
from (select distinct kind, id, branch from traced) t
join versions v on v.kind = t.kind and v.id = t.id
left join branch_at b on b.id = t.branch
left join read.submission j on j.position = v.since
left join branch_at s on s.id = j.sender
order by t.kind collate "C", b.code collate "C" nulls last, b.name collate "C" nulls last, t.id, t.branch
