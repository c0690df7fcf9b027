-- Parameters: 1 epoch, 2 sequence. Rows: at most one; leaf, position.
SELECT leaf, position FROM receipt WHERE epoch = ?1 AND sequence = ?2;
