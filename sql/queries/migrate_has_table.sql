-- migrate_has_table: is there a list of applied migrations yet? No parameters. Rows: one, or none.
select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'dantin' and c.relname = 'schema_migration'
