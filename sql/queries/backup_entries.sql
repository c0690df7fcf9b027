-- backup_entries: entries as they stand, without payloads, for checking. $1 bigint: first position; $2 bigint: at most so many.
-- Rows, by position: envelope, signature, server_time_ms, change_count, verdicts, leaf.
select envelope, signature, server_time_ms, change_count, verdicts, leaf
from dantin.journal
where position >= $1::bigint
order by position
limit $2::bigint
