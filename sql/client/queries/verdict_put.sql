-- Parameters: 1 sequence, 2 change index, 3 code, 4 rule, 5 current version. Rows: record number.
UPDATE sealed_change SET code = ?3, rule = ?4, current = ?5
WHERE sealed = (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1) AND change_index = ?2
RETURNING record;
