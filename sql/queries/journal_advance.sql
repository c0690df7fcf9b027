-- journal_advance: the head after a group.
-- $1 bigint: number of entries now; $2 bigint: server time in ms of the newest. No rows.
update dantin.journal_head set position = $1, server_time_ms = $2
