-- part_hamlets: put into an indicator in place of {hamlets}; common table expressions, after {rows}.
-- hamlet_at: hamlets (thôn, tổ dân phố, bản) in force on the date that lie in the unit's area, with the row they count in: that whose
-- locality is the nearest above them, else the unit's own.
row_ground as materialized (
    select b.locality, min(s.row_branch::text)::uuid as row_branch
    from shown s
    join branch_at b on b.id = s.row_branch
    where b.locality is not null
    group by b.locality
),
ground (id, row_branch, depth) as (
    select u.locality, $1::uuid, 0
    from unit_at u
    union all
    select l.id, coalesce(r.row_branch, g.row_branch), g.depth + 1
    from ground g
    join locality_at l on l.parent = g.id
    left join row_ground r on r.locality = l.id
    where g.depth < 16
),
hamlet_at as materialized (
    select l.id, l.name, l.code, l.kind, g.row_branch
    from ground g
    join locality_at l on l.id = g.id
    where l.kind in ('hamlet', 'residential_group', 'village')
      and (l.valid_from is null or l.valid_from <= $2::date) and (l.valid_to is null or l.valid_to > $2::date)
)
