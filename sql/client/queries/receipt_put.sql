-- Parameters: 1 sequence, 2 epoch, 3 position, 4 server time, 5 leaf, 6 signature, 7 change count, 8 applied, 9 refused, 10 conflicts,
-- 11 warned, 12 body, 13 entries of its checkpoint.
INSERT INTO receipt (epoch, position, sealed, server_time_ms, leaf, signature, change_count, applied, refused, conflicts, warned, body,
    tree_size, is_proved)
SELECT ?2, ?3, number, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    ?13, EXISTS (SELECT 1 FROM checkpoint WHERE epoch = ?2 AND size = ?13 AND standing = 1)
FROM sealed WHERE device = ?20 AND sequence = ?1;
