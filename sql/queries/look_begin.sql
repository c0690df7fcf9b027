-- look_begin: what follows is read in one snapshot, and noted in the same transaction. No parameters, no rows.
begin isolation level repeatable read read write
