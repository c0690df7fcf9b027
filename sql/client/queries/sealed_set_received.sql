-- Parameters: 1 sequence.
UPDATE sealed SET is_received = 1 WHERE sequence = ?1;
