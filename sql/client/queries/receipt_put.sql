-- Parameters: 1 epoch, 2 position, 3 sequence, 4 server time, 5 leaf, 6 signature, 7 change count, 8 applied, 9 refused,
-- 10 conflicts, 11 warned, 12 body.
INSERT INTO receipt (epoch, position, sequence, server_time_ms, leaf, signature, change_count, applied, refused, conflicts,
    warned, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);
