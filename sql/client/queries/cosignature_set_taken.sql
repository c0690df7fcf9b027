-- Parameters: 1 epoch, 2 size.
UPDATE cosignature SET is_taken = 1 WHERE epoch = ?1 AND size = ?2;
