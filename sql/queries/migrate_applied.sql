-- migrate_applied: migrations applied so far. No parameters. Rows: name, SHA-256 in hex; in order.
select name, pg_catalog.encode(sha256, 'hex') from dantin.schema_migration order by number
