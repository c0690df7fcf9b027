-- Parameters: 1 epoch, 2 size. Rows: at most one: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint WHERE epoch = ?1 AND size = ?2;
