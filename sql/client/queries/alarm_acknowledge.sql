-- Parameters: 1 time.
UPDATE alarm SET acknowledged_ms = ?1 WHERE acknowledged_ms IS NULL;
