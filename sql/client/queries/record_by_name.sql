-- Parameters: 1 kind, 2 folded name. Rows: id.
SELECT id FROM record WHERE kind = ?1 AND folded = ?2 ORDER BY id;
