-- indicator: concurrent_posts
-- name: Kiêm nhiệm chức danh | Concurrent posts
-- unit: nơi | places
-- clause: 2.3
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: hamlets | integer | Thôn, tổ có bí thư chi bộ | Hamlets with a cell secretary
-- column: secretary_is_head | integer | Bí thư là trưởng thôn, tổ trưởng | Secretary is head
-- column: head_share | decimal | Tỷ lệ trưởng thôn (%) | Head share (%)
-- column: secretary_is_front | integer | Bí thư là trưởng ban Mặt trận | Secretary is Front head
-- column: front_share | decimal | Tỷ lệ Mặt trận (%) | Front share (%)
-- column: communes | integer | Xã có bí thư | Communes with a secretary
-- column: secretary_is_council | integer | Bí thư là chủ tịch HĐND | Secretary is council chair
-- column: council_share | decimal | Tỷ lệ HĐND (%) | Council share (%)
-- column: secretary_is_committee | integer | Bí thư là chủ tịch UBND | Secretary is committee chair
-- column: committee_share | decimal | Tỷ lệ UBND (%) | Committee share (%)
--
-- Offices in force on the date held by one member. A hamlet: a cell whose locality is one and that has a secretary; a commune: an organisation
-- above the cells whose locality is a commune, ward, township or special zone, and that has a secretary.
with recursive {tree},
{rows},
{offices},
fact as (
    select s.id, s.branch, r.row_branch,
           b.kind in ('cell', 'grassroots_cell') as is_hamlet,
           exists (select from office_at x where x.member = s.member and x.position in ('hamlet_head', 'group_head')) as is_head,
           exists (select from office_at x where x.member = s.member and x.position = 'front_head') as is_front,
           exists (select from office_at x where x.member = s.member and x.position = 'council_chair') as is_council,
           exists (select from office_at x where x.member = s.member and x.position = 'people_committee_chair') as is_committee
    from office_at s
    join row_of r on r.id = s.branch
    join branch_at b on b.id = s.branch
    join {locality} l on l.id = b.locality
    where s.position = 'secretary'
      and case when b.kind in ('cell', 'grassroots_cell') then l.kind in ('hamlet', 'residential_group', 'village')
               else l.kind in ('commune', 'ward', 'township', 'special_zone') end
),
figures as (
    select row_branch, grouping(row_branch) = 1 as is_total,
           count(*) filter (where f.is_hamlet) as hamlets,
           count(*) filter (where f.is_hamlet and f.is_head) as secretary_is_head,
           count(*) filter (where f.is_hamlet and f.is_front) as secretary_is_front,
           count(*) filter (where not f.is_hamlet) as communes,
           count(*) filter (where not f.is_hamlet and f.is_council) as secretary_is_council,
           count(*) filter (where not f.is_hamlet and f.is_committee) as secretary_is_committee
    from shown
    full join fact f using (row_branch)
    group by grouping sets ((row_branch), ())
    having grouping(row_branch) = 0 or exists (select from unit_at)
)
select {row_name},
       g.hamlets::text, g.secretary_is_head::text, round(100.0 * g.secretary_is_head / nullif(g.hamlets, 0), 2)::text,
       g.secretary_is_front::text, round(100.0 * g.secretary_is_front / nullif(g.hamlets, 0), 2)::text, g.communes::text,
       g.secretary_is_council::text, round(100.0 * g.secretary_is_council / nullif(g.communes, 0), 2)::text,
       g.secretary_is_committee::text, round(100.0 * g.secretary_is_committee / nullif(g.communes, 0), 2)::text
from figures g
left join branch_at b on b.id = g.row_branch
order by {row_order}
-- trace: office
select 'office', f.id, f.branch from fact f
