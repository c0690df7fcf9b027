-- look_loose: looks without a link. No parameters. Rows: one: the first of those that should have one (slipped in), null: none;
-- how many still wait for theirs; the newest link the journal holds, 0: none.
select min(l.id) filter (where l.id <= n.newest), count(*) filter (where l.id > n.newest),
       (select coalesce(max(number), 0) from dantin.look_anchor)
from (select coalesce(max(look), 0) as newest from dantin.look_chain) n
join dantin.look l on not exists (select from dantin.look_chain c where c.look = l.id)
