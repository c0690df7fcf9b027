-- Parameters: 1 sequence, 2 epoch. Rows: at most one; leaf, position.
SELECT leaf, position FROM receipt
WHERE epoch = ?2 AND sealed = (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1);
