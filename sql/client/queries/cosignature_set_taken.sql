-- Parameters: 1 epoch, 2 size.
UPDATE cosignature SET is_taken = 1 WHERE device = ?20 AND epoch = ?1 AND size = ?2;
