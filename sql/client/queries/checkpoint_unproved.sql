-- Parameters: 1 size. Rows: checkpoints below the size that are not proved yet, the largest first: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint WHERE standing = 0 AND size < ?1 ORDER BY size DESC;
