-- replay_witnesses: who counted as a witness from when on, as the table has it. No parameters. Rows, by position: position, senders in
-- hex with spaces between.
select position, array_to_string(array(select replace(s::text, '-', '') from unnest(senders) with ordinality u (s, n) order by n), ' ')
from dantin.witness_set
order by position
