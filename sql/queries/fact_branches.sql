-- fact_branches: branches with all their ancestors, whatever the date, and every dated edge of each.
-- $1 uuid[]: branch ids. Rows: one per edge (one with nulls for a branch without an edge), a branch's rows together:
-- id, is_sender, is_province, parent, from, to; unknown branches are missing.
with recursive reached (id) as (
    select unnest($1::uuid[])
    union
    select e.parent_branch
    from reached r
    cross join lateral (
        select b.parent_branch from dantin.branch b where b.id = r.id and b.parent_branch is not null
        union all
        select p.parent_branch from dantin.branch_parent p where p.id = r.id and p.parent_branch is not null
    ) e
)
select b.id, coalesce(b.is_sender, false),
       exists (select from dantin.device d where d.is_province and d.sender = b.id offset 0),
       e.parent_branch, e.parent_from, e.parent_to
from reached r
cross join lateral (select * from dantin.branch b where b.id = r.id offset 0) b
left join lateral (
    select b.parent_branch, b.parent_from, b.parent_to where b.parent_branch is not null
    union all
    select p.parent_branch, p.parent_from, p.parent_to from dantin.branch_parent p
    where p.id = b.id and p.parent_branch is not null
) e on true
order by b.id
