-- Parameters: 1 kind, 2 key index, 3 key.
INSERT OR IGNORE INTO erased_key (kind, key_index, key) VALUES (?1, ?2, ?3);
