-- Parameters: 1 sequence. Rows: at most one; sequence, envelope, signature, payload, envelope hash, is_received, number of items.
SELECT sequence, envelope, signature, payload_zstd, envelope_hash, is_received, item_count
FROM sealed
WHERE device = ?20 AND sequence = ?1;
