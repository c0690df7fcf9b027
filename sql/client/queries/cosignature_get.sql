-- Parameters: 1 epoch, 2 size. Rows: at most one: hash of the text, signature line, is it taken?
SELECT text_hash, line, is_taken FROM cosignature WHERE device = ?20 AND epoch = ?1 AND size = ?2;
