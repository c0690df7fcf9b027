-- Rows: at most one; sequence, envelope hash.
SELECT sequence, envelope_hash FROM sealed ORDER BY sequence DESC LIMIT 1;
