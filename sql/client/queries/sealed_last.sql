-- Rows: at most one; sequence, envelope hash.
SELECT sequence, envelope_hash FROM sealed WHERE device = ?20 ORDER BY sequence DESC LIMIT 1;
