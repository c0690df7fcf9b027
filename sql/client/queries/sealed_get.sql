-- Parameters: 1 sequence. Rows: at most one; sequence, envelope, signature, payload, envelope hash, is_received, change count.
SELECT sequence, envelope, signature, payload_zstd, envelope_hash, is_received,
    (SELECT count(*) FROM sealed_change WHERE sealed_change.sealed = sealed.number)
FROM sealed
WHERE device = ?20 AND sequence = ?1;
