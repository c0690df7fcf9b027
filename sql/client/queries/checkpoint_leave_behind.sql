-- Parameters: 1 epoch, 2 size: what is larger does not count any more.
UPDATE checkpoint SET standing = 2 WHERE epoch = ?1 AND size > ?2;
