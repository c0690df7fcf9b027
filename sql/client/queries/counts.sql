-- Rows: one; records; of this device: open changes, sealed without a receipt, receipts, time of the last receipt or null;
-- and changes sealed here that wait for a second person.
SELECT
    (SELECT count(*) FROM record WHERE body IS NOT NULL),
    (SELECT count(*) FROM open_change WHERE device = ?20),
    (SELECT count(*) FROM sealed WHERE device = ?20 AND is_received = 0),
    (SELECT count(*) FROM receipt JOIN sealed ON sealed.number = receipt.sealed WHERE sealed.device = ?20),
    (SELECT max(receipt.server_time_ms) FROM receipt JOIN sealed ON sealed.number = receipt.sealed WHERE sealed.device = ?20),
    (SELECT count(*) FROM sealed_change WHERE code = 1);
