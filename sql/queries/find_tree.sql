-- find_tree: what a proof in the tree of some size is made of: leaves and roots of subtrees beside a position and along the
-- tree's right edge.
-- $1 uuid: epoch; $2 bigint: position; $3 bigint: the tree's size; 0: of the first checkpoint of the epoch that covers the position;
-- -1: of its newest. Rows: level, index, hash; and one with level -1, the tree's size as index and the signed note (null: a size
-- was asked for). None: no such checkpoint, or tree.
with signed as (
    (
        select size, note from dantin.checkpoint
        where epoch = $1 and size > $2 and $3::bigint <= 0
        order by case when $3::bigint < 0 then -size else size end
        limit 1
    )
    union all
    select $3::bigint, null from dantin.journal_head where $3::bigint > greatest($2, 0) and $3::bigint <= position
), block (place) as (
    select $2::bigint from signed union select size - 1 from signed
)
select -1::smallint, size, note from signed
union all
select 0::smallint, j.position, j.leaf
from (select distinct place >> 8 as number from block) b
cross join signed s
join dantin.journal j on j.position >= b.number << 8 and j.position < least((b.number + 1) << 8, s.size)
union all
select n.level, n.index, n.hash
from generate_series(8, 56, 8) l (level)
cross join lateral (select distinct place >> (l.level + 8) as number from block) b
join dantin.tree_node n on n.level = l.level and n.index >= b.number << 8 and n.index < (b.number + 1) << 8
