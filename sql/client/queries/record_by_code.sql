-- Parameters: 1 kind, 2 code. Rows: id.
SELECT id FROM record WHERE kind = ?1 AND code = ?2 ORDER BY id;
