-- journal_export: entries as they stand, for export.
-- $1 bigint: first position; $2 bigint: how many. Rows, by position: position, content, envelope, signature, server_time_ms,
-- change_count, verdicts, leaf, payload.
select position, content, envelope, signature, server_time_ms, change_count, verdicts, leaf, payload
from dantin.journal
where position >= $1::bigint and position < $1::bigint + $2::bigint
order by position
