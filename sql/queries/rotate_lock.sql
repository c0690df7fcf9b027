-- rotate_lock: one rotation at a time, until the session ends. No parameters. Rows: one: is it ours?
select pg_try_advisory_lock('dantin.vault'::regclass::bigint)
