-- Rows: at most one, of the epoch heard of last: its highest position; columns as receipt_each.
SELECT epoch, position, sequence, server_time_ms, leaf, signature, change_count, applied, refused, conflicts, warned, body
FROM receipt
WHERE epoch = (SELECT epoch FROM receipt ORDER BY number DESC LIMIT 1)
ORDER BY position DESC
LIMIT 1;
