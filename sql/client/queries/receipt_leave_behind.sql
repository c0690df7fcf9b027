-- Parameters: 1 epoch, 2 size: entries from there on were not kept.
UPDATE receipt SET is_left_behind = 1 WHERE epoch = ?1 AND position >= ?2 AND is_left_behind = 0;
