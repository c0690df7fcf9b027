-- group_commit: end a group's transaction, durably. No parameters, no rows; the tag is COMMIT (ROLLBACK: it had failed).
commit
