-- Parameters: 1 sequence, 2 envelope, 3 signature, 4 payload, 5 envelope hash, 6 number of items.
INSERT INTO sealed (device, sequence, envelope, signature, payload_zstd, envelope_hash, item_count)
VALUES (?20, ?1, ?2, ?3, ?4, ?5, ?6);
