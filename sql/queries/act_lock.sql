-- act_lock: one command at a time signs with the log key, until its session ends. No parameters, no rows that matter.
select pg_catalog.pg_advisory_lock(5871316114093)
