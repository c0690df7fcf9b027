-- Parameters: 1 sequence.
UPDATE sealed SET is_received = 1 WHERE device = ?20 AND sequence = ?1;
