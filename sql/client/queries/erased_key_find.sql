-- Parameters: 1 kind, 2 key index, 3 key. Rows: one when a person who bore it was erased.
SELECT 1 FROM erased_key WHERE kind = ?1 AND key_index = ?2 AND key = ?3;
