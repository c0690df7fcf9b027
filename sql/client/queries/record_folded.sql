-- Parameters: 1 kind. Rows: number, id, folded.
SELECT number, id, folded FROM record NOT INDEXED WHERE kind = ?1 AND folded IS NOT NULL;
