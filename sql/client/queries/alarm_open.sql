-- Rows: one; alarms nobody acknowledged.
SELECT count(*) FROM alarm WHERE acknowledged_ms IS NULL;
