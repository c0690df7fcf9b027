-- Parameters: 1 sequence. Rows: at most one; sequence, envelope, signature, payload, envelope hash, is_received, change count.
SELECT sequence, envelope, signature, payload_zstd, envelope_hash, is_received,
    (SELECT count(*) FROM sealed_change WHERE sealed_change.sequence = sealed.sequence)
FROM sealed
WHERE sequence = ?1;
