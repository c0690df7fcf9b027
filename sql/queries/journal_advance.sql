-- journal_advance: the head after a group.
-- $1 bigint: number of entries now; $2 bigint: server time in ms of the newest; $3 bytea: the tree's frontier; $4 bytea: the
-- digest of the state. No rows.
update dantin.journal_head set position = $1, server_time_ms = $2, frontier = $3, state = $4
