-- Parameters: 1 epoch, 2 size, 3 note with cosignatures.
UPDATE checkpoint SET sealed = ?3 WHERE epoch = ?1 AND size = ?2;
