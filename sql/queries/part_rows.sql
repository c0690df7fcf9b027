-- part_rows: put into an indicator in place of {rows}; two common table expressions, after {tree}.
-- row_of: the row a branch of the tree counts in: its sender below the unit; where there is none, the direct child of the unit
-- it lies under; else the unit itself. shown: the rows there are to show also when nothing is counted in them.
row_of as materialized (
    select id, case when exists (select from tree where depth > 0 and is_sender)
                    then coalesce(sender, $1::uuid) else coalesce(child, $1::uuid) end as row_branch
    from tree
),
shown as materialized (
    select distinct r.row_branch
    from row_of r
    join branch_at b on b.id = r.row_branch
    where r.row_branch <> $1::uuid
      and (b.established_date is null or b.established_date <= $2::date)
      and (b.dissolved_date is null or b.dissolved_date > $2::date)
)
