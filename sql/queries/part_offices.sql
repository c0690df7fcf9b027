-- part_offices: put into an indicator in place of {offices}; one common table expression, after {tree}.
-- office_at: offices of the tree held on the date.
office_at as materialized (
    select o.id, o.branch, o.position, o.locality, o.member, o.holder_name
    from {office} o
    join tree t on t.id = o.branch
    where o.from_date <= $2::date and (o.to_date is null or o.to_date > $2::date)
)
