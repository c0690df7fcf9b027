-- Parameters: 1 kind, 2 key index, 3 key. Rows: id.
SELECT record.id
FROM match_key
JOIN record ON record.number = match_key.record
WHERE match_key.kind = ?1 AND match_key.key_index = ?2 AND match_key.key = ?3
ORDER BY record.id;
