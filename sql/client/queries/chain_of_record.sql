-- Parameters: 1 record number. Rows, oldest first: version, base, code, current.
SELECT version, base, code, current FROM sealed_change WHERE record = ?1 ORDER BY sealed;
