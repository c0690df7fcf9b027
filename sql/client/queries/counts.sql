-- Rows: one; records, open changes, sealed without a receipt, receipts, time of the last receipt or null.
SELECT
    (SELECT count(*) FROM record WHERE body IS NOT NULL),
    (SELECT count(*) FROM open_change),
    (SELECT count(*) FROM sealed WHERE is_received = 0),
    (SELECT count(*) FROM receipt),
    (SELECT max(server_time_ms) FROM receipt);
