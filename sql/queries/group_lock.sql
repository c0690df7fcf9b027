-- group_lock: the right to append. A statement of its own: those after it see everything committed before it.
-- No parameters. Rows: one: epoch, position, server_time_ms, is_rolled_back, is_refilling, frontier,
-- state.
select epoch, position, server_time_ms, is_rolled_back, is_refilling, frontier, state
from dantin.journal_head
for update
