-- Parameters: 1 name. Rows: value.
SELECT value FROM setting WHERE name = ?1;
