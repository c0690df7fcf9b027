-- Rows, newest first: number, time, fault, note held, note shown, when it was acknowledged (null: not yet).
SELECT number, time_ms, fault, held, shown, acknowledged_ms FROM alarm ORDER BY number DESC;
