-- indicator: flow
-- name: Biến động đảng viên | Flow of members
-- unit: người | persons
-- clause: 3.2
-- period: year
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: opening | integer | A. Đầu kỳ | A. Opening
-- column: admitted | integer | Kết nạp | Admitted
-- column: readmitted | integer | Kết nạp lại, khôi phục | Readmitted or restored
-- column: in_within | integer | Chuyển đến trong tỉnh | In, within the province
-- column: in_other | integer | Chuyển đến từ tỉnh khác | In, another province
-- column: in_army | integer | Chuyển đến từ quân đội, công an | In, army or police
-- column: died | integer | Từ trần | Died
-- column: expelled | integer | Khai trừ | Expelled
-- column: struck_off | integer | Xoá tên | Struck off
-- column: left | integer | Xin ra | Left
-- column: refused | integer | Không công nhận chính thức | Probation refused
-- column: out_within | integer | Chuyển đi trong tỉnh | Out, within the province
-- column: out_other | integer | Chuyển đi tỉnh khác | Out, another province
-- column: out_army | integer | Chuyển đi quân đội, công an | Out, army or police
-- column: out_unexplained | integer | Giảm chưa rõ lý do | Decrease not explained
-- column: in_transit | integer | Trong đó đang chuyển | Of them in transit
-- column: closing | integer | D. Cuối kỳ | D. Closing
--
-- Form 1: D = A + B - C over the period [from, date]. A member belongs to a branch from the start of an edge to its end. A start is an
-- increase of the row it lies in, unless the edge before it ended that day in the same row; a move inside a row (in the total: inside
-- the unit) is no change. A start without admission that day, edge before it or event is a member registered as found: in A, never in
-- B. A move out of the row counts within the province. Who went to another committee is entered there anew: the same file number makes
-- it one move; in transit: not yet entered. D is counted, A follows from it; that A is the D of the day before is a property the tests
-- hold.
with recursive {tree},
{members},
{rows},
closing as materialized (
    select r.row_branch, sum(m.members) as members
    from (select m.branch, count(*) as members from member_at m group by m.branch) m
    join row_of r on r.id = m.branch
    group by r.row_branch
),
touched as materialized (
    -- An arm for each index, each without what those before it found.
    select m.id, m.since, m.admission_date, m.ended_date, m.ended_reason, m.file_number_blind, m.branch_branch, m.branch_from, m.branch_to
    from {member} m
    where m.admission_date between {from} and $2::date
    union all
    select m.id, m.since, m.admission_date, m.ended_date, m.ended_reason, m.file_number_blind, m.branch_branch, m.branch_from, m.branch_to
    from {member} m
    where m.ended_date between {from} and $2::date
      and not coalesce(m.admission_date between {from} and $2::date, false)
    union all
    select m.id, m.since, m.admission_date, m.ended_date, m.ended_reason, m.file_number_blind, m.branch_branch, m.branch_from, m.branch_to
    from {member} m
    where m.branch_from between {from} and $2::date
      and not coalesce(m.admission_date between {from} and $2::date, false)
      and not coalesce(m.ended_date between {from} and $2::date, false)
    union all
    select m.id, m.since, m.admission_date, m.ended_date, m.ended_reason, m.file_number_blind, m.branch_branch, m.branch_from, m.branch_to
    from {member} m
    where m.branch_to between {from} and $2::date
      and not coalesce(m.admission_date between {from} and $2::date, false)
      and not coalesce(m.ended_date between {from} and $2::date, false)
      and not coalesce(m.branch_from between {from} and $2::date, false)
    union all
    select m.*
    from (select distinct e.id from {member_branch} e
          where e.branch_from between {from} and $2::date or e.branch_to between {from} and $2::date) e
    cross join lateral (select m.id, m.since, m.admission_date, m.ended_date, m.ended_reason, m.file_number_blind, m.branch_branch, m.branch_from, m.branch_to
                        from {member} m
                        where m.id = e.id offset 0) m
    where not coalesce(m.admission_date between {from} and $2::date, false)
      and not coalesce(m.ended_date between {from} and $2::date, false)
      and not coalesce(m.branch_from between {from} and $2::date, false)
      and not coalesce(m.branch_to between {from} and $2::date, false)
),
stay as materialized (
    -- The times a touched member spent in a branch, and the adjacent ones.
    select s.*,
           case when lag(s.stop) over w = s.start then lag(s.branch) over w end as previous,
           case when lead(s.start) over w = s.stop then lead(s.branch) over w end as next
    from (select t.id, t.since, t.admission_date, t.ended_date, t.ended_reason, t.file_number_blind, t.branch,
                 greatest(coalesce(t.begun, '-infinity'::date), t.admission_date) as start,
                 least(coalesce(t.ended, 'infinity'::date), coalesce(t.ended_date, 'infinity'::date)) as stop
          from (select t.id, t.since, t.admission_date, t.ended_date, t.ended_reason, t.file_number_blind,
                       t.branch_branch as branch, t.branch_from as begun, t.branch_to as ended
                from touched t
                union all
                select t.id, t.since, t.admission_date, t.ended_date, t.ended_reason, t.file_number_blind,
                       b.branch_branch, b.branch_from, b.branch_to
                from touched t
                join {member_branch} b on {of b t}) t) s
    where s.start < s.stop
    window w as (partition by s.id order by s.start)
),
handed as materialized (
    -- From one committee to another within the period: who left is entered anew there, under the same file number.
    select distinct on (o.id) o.id as departure, o.branch as origin, a.id as arrival, a.branch as goal
    from stay o
    join stay a on a.file_number_blind = o.file_number_blind and a.id <> o.id and a.previous is null and a.start >= o.stop
    where o.next is null and o.stop is distinct from o.ended_date
      and o.stop between {from} and $2::date and a.start between {from} and $2::date
    order by o.id, a.start, a.id
),
turn as materialized (
    -- Increases and decreases: where, and where from or to.
    select s.id, s.branch, coalesce(s.previous, l.origin) as other, false as is_in_transit,
           case when coalesce(s.previous, l.origin) is not null then 'in_within'
                else coalesce((select case when e.event_type <> 'transfer_in' then 'readmitted'
                                           when e.event_place = 'other_province' then 'in_other'
                                           when e.event_place = 'army_police' then 'in_army'
                                           else 'in_within' end
                               from {member_event} e
                               where {of e s} and e.event_effective_date = s.start
                                 and e.event_type in ('transfer_in', 'readmitted', 'restored')
                               limit 1),
                              case when s.start = s.admission_date then 'admitted' end) end as kind
    from stay s
    left join (select distinct on (arrival, goal) arrival, goal, origin from handed order by arrival, goal, origin) l
        on l.arrival = s.id and l.goal = s.branch and s.previous is null
    where s.start between {from} and $2::date
    union all
    select s.id, s.branch, coalesce(s.next, l.goal), coalesce(s.next, l.goal) is null,
           case when coalesce(s.next, l.goal) is not null then 'out_within'
                when s.stop = s.ended_date then
                    case s.ended_reason when 'probation_refused' then 'refused' when 'transferred_out' then
                        coalesce((select 'out_army' from {member_event} e
                                  where {of e s} and e.event_type = 'transfer_out' and e.event_place = 'army_police'
                                  limit 1), 'out_other')
                    else coalesce(s.ended_reason, 'out_unexplained') end
                else coalesce((select case e.event_place when 'other_province' then 'out_other'
                                                         when 'army_police' then 'out_army' else 'out_within' end
                               from {member_event} e
                               where {of e s} and e.event_effective_date = s.stop and e.event_type = 'transfer_out'
                               limit 1), 'out_unexplained') end
    from stay s
    left join handed l on l.departure = s.id and l.origin = s.branch and s.next is null
    where s.stop between {from} and $2::date
),
placed as (
    -- Once for its row, once for the total: a turn whose other side is in the same row (the unit) is none of theirs.
    select r.row_branch, t.kind, t.is_in_transit
    from turn t
    join row_of r on r.id = t.branch
    left join row_of o on o.id = t.other
    where o.row_branch is distinct from r.row_branch
    union all
    select null, t.kind, t.is_in_transit
    from turn t
    join row_of r on r.id = t.branch
    left join row_of o on o.id = t.other
    where o.row_branch is null
),
counted as (
    select p.row_branch,
           count(*) filter (where p.kind = 'admitted') as admitted,
           count(*) filter (where p.kind = 'readmitted') as readmitted,
           count(*) filter (where p.kind = 'in_within') as in_within,
           count(*) filter (where p.kind = 'in_other') as in_other,
           count(*) filter (where p.kind = 'in_army') as in_army,
           count(*) filter (where p.kind = 'died') as died,
           count(*) filter (where p.kind = 'expelled') as expelled,
           count(*) filter (where p.kind = 'struck_off') as struck_off,
           count(*) filter (where p.kind = 'left') as left_,
           count(*) filter (where p.kind = 'refused') as refused,
           count(*) filter (where p.kind = 'out_within') as out_within,
           count(*) filter (where p.kind = 'out_other') as out_other,
           count(*) filter (where p.kind = 'out_army') as out_army,
           count(*) filter (where p.kind = 'out_unexplained') as out_unexplained,
           count(*) filter (where p.kind = 'out_within' and p.is_in_transit) as in_transit
    from placed p
    group by p.row_branch
),
figures as (
    select false as is_total, coalesce(l.row_branch, c.row_branch) as row_branch, coalesce(c.members, 0) as closing
    from (select row_branch from shown
          union select row_branch from counted where row_branch is not null
          union select row_branch from closing) l
    left join closing c on c.row_branch = l.row_branch
    union all
    select true, null, coalesce(sum(c.members), 0)::bigint
    from closing c
    having exists (select from unit_at)
)
select {row_name},
       (g.closing - coalesce(c.admitted + c.readmitted + c.in_within + c.in_other + c.in_army, 0)
        + coalesce(c.died + c.expelled + c.struck_off + c.left_ + c.refused + c.out_within + c.out_other + c.out_army
                   + c.out_unexplained, 0))::text,
       coalesce(c.admitted, 0)::text, coalesce(c.readmitted, 0)::text, coalesce(c.in_within, 0)::text,
       coalesce(c.in_other, 0)::text, coalesce(c.in_army, 0)::text, coalesce(c.died, 0)::text,
       coalesce(c.expelled, 0)::text, coalesce(c.struck_off, 0)::text, coalesce(c.left_, 0)::text,
       coalesce(c.refused, 0)::text, coalesce(c.out_within, 0)::text, coalesce(c.out_other, 0)::text,
       coalesce(c.out_army, 0)::text, coalesce(c.out_unexplained, 0)::text, coalesce(c.in_transit, 0)::text,
       g.closing::text
from figures g
left join counted c on c.row_branch is not distinct from g.row_branch
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: member
select 'member', m.id, m.branch from member_at m where m.branch in (select id from row_of)
union
select 'member', t.id, t.branch from turn t where t.branch in (select id from row_of)
