-- Parameters: 1 record number, 2 tail.
INSERT INTO open_change (record, device, tail) VALUES (?1, ?20, ?2)
ON CONFLICT (record) DO UPDATE SET device = excluded.device, tail = excluded.tail;
