-- Parameters: 1 sequence, 2 change index, 3 kind, 4 record id, 5 version. Its base is the record's. Rows: record number.
INSERT INTO sealed_change (sealed, change_index, record, version, base)
SELECT (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1), ?2, number, ?5, base FROM record WHERE kind = ?3 AND id = ?4
RETURNING record;
