-- migrate_lock: one migration at a time, until the connection ends. $1 bigint: key of the advisory lock. Rows: one.
select pg_catalog.pg_advisory_lock($1::bigint)
