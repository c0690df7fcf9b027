-- Rows: public key, the one in force first.
SELECT public_key FROM log_key ORDER BY number DESC;
