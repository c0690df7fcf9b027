-- part_tree: put into an indicator in place of {tree}; two common table expressions.
-- branch_at: every visible branch with its parent and locality on the date. tree: the unit's subtree on the date; child is the
-- direct child of the unit a branch lies under, sender the nearest sender at or above it (not above the unit),
-- sender_above that of its parent; null where there is none.
-- The rules allow no cycle; the depth keeps one from becoming a hang.
branch_at as materialized (
    select b.id, b.code, b.name, b.kind, b.unit_type, b.established_date, b.dissolved_date,
           coalesce(b.is_sender, false) as is_sender,
           case when (b.parent_from is null or b.parent_from <= $2::date)
                     and (b.parent_to is null or b.parent_to > $2::date)
                then b.parent_branch
                else (select e.parent_branch from {branch_parent} e
                      where {of e b} and (e.parent_from is null or e.parent_from <= $2::date)
                        and (e.parent_to is null or e.parent_to > $2::date)
                      limit 1) end as parent,
           case when (b.locality_from is null or b.locality_from <= $2::date)
                     and (b.locality_to is null or b.locality_to > $2::date)
                then b.locality_locality
                else (select e.locality_locality from {branch_locality} e
                      where {of e b} and (e.locality_from is null or e.locality_from <= $2::date)
                        and (e.locality_to is null or e.locality_to > $2::date)
                      limit 1) end as locality
    from {branch} b
),
tree as (
    select b.id, b.code, b.name, b.kind, b.unit_type, b.is_sender, 0 as depth, null::uuid as child,
           case when b.is_sender then b.id end as sender, null::uuid as sender_above
    from branch_at b
    where b.id = $1::uuid
    union all
    select b.id, b.code, b.name, b.kind, b.unit_type, b.is_sender, t.depth + 1, coalesce(t.child, b.id),
           case when b.is_sender then b.id else t.sender end, t.sender
    from tree t
    join branch_at b on b.parent = t.id
    where t.depth < 32
)
