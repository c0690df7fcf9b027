-- indicator: exemptions
-- name: Miễn, tạm miễn, sinh hoạt tạm thời nơi khác | Exempt, temporarily exempt, temporarily elsewhere
-- unit: người | persons
-- clause: 3.3
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: members | integer | Đảng viên | Members
-- column: exempt | integer | Được miễn | Exempt
-- column: temporarily_exempt | integer | Tạm miễn | Temporarily exempt
-- column: elsewhere | integer | Sinh hoạt tạm thời nơi khác | Temporarily elsewhere
--
-- On the date. Who is temporarily elsewhere counts at home: moved there by an event, not back by a later one nor by its end.
with recursive {tree},
{rows},
elsewhere as materialized (
    select m.id
    from (select distinct e.id from {member_event} e
          where e.event_type = 'temporary_out' and e.event_effective_date <= $2::date) x
    join {member} m on m.id = x.id
    cross join lateral (select e.event_type, e.event_to_date
                        from {member_event} e
                        where {of e m} and e.event_type in ('temporary_out', 'temporary_back')
                          and e.event_effective_date <= $2::date
                        order by e.event_effective_date desc, e.element desc
                        limit 1) e
    where e.event_type = 'temporary_out' and (e.event_to_date is null or e.event_to_date > $2::date)
),
{members},
fact as (
    -- Cell by cell first: the members are met once.
    select r.row_branch, m.members, m.exempt, m.temporarily_exempt, m.elsewhere
    from (select m.branch, count(*) as members,
                 count(*) filter (where m.exempt_from <= $2::date and (m.exempt_to is null or m.exempt_to > $2::date)) as exempt,
                 count(*) filter (where m.temporarily_exempt_from <= $2::date
                                    and (m.temporarily_exempt_to is null or m.temporarily_exempt_to > $2::date)) as temporarily_exempt,
                 count(*) filter (where m.id in (select e.id from elsewhere e)) as elsewhere
          from member_at m
          group by m.branch) m
    join row_of r on r.id = m.branch
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           coalesce(sum(f.members), 0) as members,
           coalesce(sum(f.exempt), 0) as exempt,
           coalesce(sum(f.temporarily_exempt), 0) as temporarily_exempt,
           coalesce(sum(f.elsewhere), 0) as elsewhere
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.members::text, g.exempt::text, g.temporarily_exempt::text, g.elsewhere::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}

-- trace: member
select 'member', m.id, m.branch
from member_at m
join row_of r on r.id = m.branch
where m.exempt_from <= $2::date and (m.exempt_to is null or m.exempt_to > $2::date)
   or m.temporarily_exempt_from <= $2::date and (m.temporarily_exempt_to is null or m.temporarily_exempt_to > $2::date)
   or m.id in (select e.id from elsewhere e)
