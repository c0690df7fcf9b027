-- Parameters: 1 epoch, 2 size: this checkpoint is proved, and so are the receipts that came with it.
UPDATE receipt SET is_proved = 1 WHERE epoch = ?1 AND tree_size = ?2 AND is_proved = 0;
