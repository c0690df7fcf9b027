-- Parameters: 1 sequence.
UPDATE sealed_change SET code = 0, rule = NULL, current = NULL
WHERE sealed = (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1);
