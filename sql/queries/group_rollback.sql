-- group_rollback: end a group's transaction without a trace. No parameters, no rows.
rollback
