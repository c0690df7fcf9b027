-- row_types: the object ids of the row types, which differ from database to database. No parameters.
-- Rows: name, oid.
select t.typname::text, t.oid::bigint
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where n.nspname = 'dantin' and t.typname like '%\_row'
