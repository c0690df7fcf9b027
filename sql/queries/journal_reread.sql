-- journal_reread: the entries of a group as they stand now, before what was made of them is signed.
-- $1 bigint: position of the first. Rows, by position: position, envelope, signature, server_time_ms, change_count, verdicts.
select position, envelope, signature, server_time_ms, change_count, verdicts
from dantin.journal
where position >= $1
order by position
