-- Parameters: 1 record number, 2 tail.
INSERT INTO open_change (record, tail) VALUES (?1, ?2)
ON CONFLICT (record) DO UPDATE SET tail = excluded.tail;
