-- Parameters: 1 time, 2 fault, 3 note held, 4 note shown. The same again while nobody acknowledged it is one alarm.
INSERT INTO alarm (time_ms, fault, held, shown)
SELECT ?1, ?2, ?3, ?4
WHERE NOT EXISTS (SELECT 1 FROM alarm WHERE acknowledged_ms IS NULL AND fault = ?2 AND held IS ?3 AND shown IS ?4)
RETURNING number;
