-- Parameters: 1 record number, 2 key index, 3 kind, 4 key.
INSERT INTO match_key (record, key_index, kind, key) VALUES (?1, ?2, ?3, ?4);
