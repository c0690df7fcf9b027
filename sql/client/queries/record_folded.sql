-- Parameters: 1 kind. Rows: number, folded; by name.
SELECT number, folded FROM record WHERE kind = ?1 AND folded IS NOT NULL ORDER BY folded, number;
