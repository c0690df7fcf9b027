-- Parameters: 1 sequence.
UPDATE sealed_change SET code = 0, rule = NULL, current = NULL WHERE sequence = ?1;
