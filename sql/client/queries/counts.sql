-- Rows: one; records; of this device: open changes, sealed without a receipt, receipts, time of the last receipt or null; entries of
-- the newest checkpoint held, of the newest sealed one (null: none); of this device: receipts sealed, submissions left behind; alarms
-- nobody acknowledged; changes sealed here that wait for a second person.
WITH own AS (
    SELECT receipt.sealed, receipt.position, receipt.server_time_ms, receipt.is_left_behind, receipt.is_proved
    FROM receipt
    JOIN sealed ON sealed.number = receipt.sealed
    WHERE sealed.device = ?20
)
SELECT
    (SELECT count(*) FROM record WHERE body IS NOT NULL),
    (SELECT count(*) FROM open_change WHERE device = ?20),
    (SELECT count(*) FROM sealed WHERE device = ?20 AND is_received = 0),
    (SELECT count(*) FROM own),
    (SELECT max(server_time_ms) FROM own),
    (SELECT max(size) FROM checkpoint WHERE standing <> 2),
    (SELECT max(size) FROM checkpoint WHERE sealed IS NOT NULL AND standing = 1),
    (SELECT count(*) FROM own WHERE is_left_behind = 0 AND is_proved = 1
        AND position < (SELECT max(size) FROM checkpoint WHERE sealed IS NOT NULL AND standing = 1)),
    (SELECT count(*) FROM (SELECT sealed FROM own GROUP BY sealed HAVING min(is_left_behind) = 1)),
    (SELECT count(*) FROM alarm WHERE acknowledged_ms IS NULL),
    (SELECT count(*) FROM sealed_change WHERE code = 1);
