-- Parameters: 1 epoch, 2 size. Rows: at most one: hash of the text, time, signature, is it taken?
SELECT text_hash, time_s, signature, is_taken FROM cosignature WHERE epoch = ?1 AND size = ?2;
