-- fact_localities: which localities exist.
-- $1 uuid[]: locality ids. Rows: index into $1 of each that exists.
select (i.n - 1)::integer
from unnest($1::uuid[]) with ordinality i (id, n)
cross join lateral (select from dantin.locality l where l.id = i.id offset 0) l
