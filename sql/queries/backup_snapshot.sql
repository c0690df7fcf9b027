-- backup_snapshot: the name under which pg_dump takes up this transaction's view. No parameters. Rows: one.
select pg_export_snapshot()
