-- Parameters: 1 record number, 2 id of a record of the same kind.
INSERT OR IGNORE INTO parent (record, parent) VALUES (?1, ?2);
