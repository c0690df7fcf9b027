-- Parameters: 1 record number. Rows: at most one; kind, id, body, base, tail.
SELECT record.kind, record.id, record.body, record.base, open_change.tail
FROM open_change
JOIN record ON record.number = open_change.record
WHERE open_change.record = ?1;
