-- Rows, newest first: epoch, position, sequence, server time, leaf, signature, change count, applied, refused, conflicts, warned,
-- body.
SELECT epoch, position, sequence, server_time_ms, leaf, signature, change_count, applied, refused, conflicts, warned, body
FROM receipt
ORDER BY number DESC;
