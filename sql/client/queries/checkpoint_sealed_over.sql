-- Parameters: 1 position. Rows: at most one, the smallest sealed one that holds the position: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint
WHERE sealed IS NOT NULL AND standing = 1 AND size > ?1
ORDER BY size LIMIT 1;
