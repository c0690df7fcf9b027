-- replay_acts: acts and changes of keys, as journalled. $1 bigint: number of entries. Rows, by position: position, envelope, verdicts,
-- payload.
select position, envelope, verdicts, payload
from dantin.journal
where content in (3, 4) and position < $1::bigint
order by position
