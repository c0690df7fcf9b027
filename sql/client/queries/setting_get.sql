-- Parameters: 1 device or empty, 2 name. Rows: value.
SELECT value FROM setting WHERE device = ?1 AND name = ?2;
