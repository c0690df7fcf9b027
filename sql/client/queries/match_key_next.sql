-- Parameters: 1 record number, 2 key index. Rows: at most one; key index, key that follow it.
SELECT key_index, key FROM match_key WHERE record = ?1 AND key_index > ?2 ORDER BY key_index LIMIT 1;
