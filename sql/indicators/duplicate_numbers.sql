-- indicator: duplicate_numbers
-- name: Số trùng giữa các đơn vị | Numbers used twice across senders
-- unit: bản ghi | records
-- clause: 3.3
-- column: number_kind | text | Loại số | Kind of number
-- column: group | integer | Nhóm | Group
-- column: sender | text | Đơn vị | Sender
-- column: sender_code | id | Mã đơn vị | Sender code
-- column: branch | text | Chi bộ | Cell
-- column: branch_code | id | Mã chi bộ | Cell code
-- column: records | integer | Số bản ghi mang số này | Records that bear it
--
-- The Board's list of duplicates: one row per member, ended ones included, whose card or file number another member bears too. The
-- database holds numbers sealed and compares their blind indexes, so the list tells who shares a number (one group), not which: the
-- cells look that up.
-- Who left their cell without having ended moved to another committee, which entered them anew: the number went along
-- (docs/decisions/0012-a-number-goes-with-the-person.md). Names stay with the cells. Who sees only one of the records sees no row, so
-- a sender learns nothing of another.
with recursive {tree},
bearing as (
    select m.id, m.branch_branch, m.card_number_blind, m.file_number_blind
    from {member} m
    where m.ended_date is not null or coalesce(m.branch_to > $2::date, true)
),
twice as materialized (
    select 1 as place, {say Số thẻ đảng viên|Card number} as number_kind, b.card_number_blind as number, count(*) as records,
           (array_agg(b.id order by b.id))[1] as first
    from bearing b
    where b.card_number_blind is not null
    group by b.card_number_blind
    having count(*) > 1
    union all
    select 2, {say Số lý lịch|File number}, b.file_number_blind, count(*), (array_agg(b.id order by b.id))[1]
    from bearing b
    where b.file_number_blind is not null
    group by b.file_number_blind
    having count(*) > 1
),
grouped as materialized (
    -- In an order that no key has a part in.
    select t.place, t.number_kind, t.number, t.records, row_number() over (order by t.place, t.first) as shared
    from twice t
),
numbered as materialized (
    select b.id, b.branch_branch, d.place, d.number_kind, d.shared, d.records
    from grouped d
    join bearing b on b.card_number_blind = d.number
    where d.place = 1
    union all
    select b.id, b.branch_branch, d.place, d.number_kind, d.shared, d.records
    from grouped d
    join bearing b on b.file_number_blind = d.number
    where d.place = 2
)
select n.number_kind,
       n.shared::text,
       s.name,
       s.code,
       t.name,
       t.code,
       n.records::text
from numbered n
join tree t on t.id = n.branch_branch
left join branch_at s on s.id = t.sender
order by n.shared, s.code collate "C", t.code collate "C", n.id

-- trace: member
select 'member', n.id, n.branch_branch
from numbered n
join tree t on t.id = n.branch_branch
