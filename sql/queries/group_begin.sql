-- group_begin: open a group's transaction. No parameters, no rows.
begin isolation level read committed
