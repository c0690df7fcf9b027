-- Parameters: 1 kind, 2 name. Rows: id.
SELECT id FROM record WHERE kind = ?1 AND name = ?2 ORDER BY id;
