-- Parameters: 1 epoch, 2 size. Rows: at most one, the largest of the epoch up to the size that counts: epoch, size, note, standing,
-- sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint
WHERE epoch = ?1 AND size <= ?2 AND standing <> 2
ORDER BY size DESC LIMIT 1;
