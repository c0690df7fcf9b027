-- Parameters: 1 sequence. Rows: at most one; the next sequence without a receipt.
SELECT sequence FROM sealed WHERE device = ?20 AND is_received = 0 AND sequence > ?1 ORDER BY sequence LIMIT 1;
