-- Rows: at most one, this device's, of the epoch heard of last: its highest position; columns as receipt_each.
SELECT receipt.epoch, receipt.position, sealed.sequence, receipt.server_time_ms, receipt.leaf, receipt.signature, receipt.change_count,
    receipt.applied, receipt.refused, receipt.conflicts, receipt.warned, receipt.body, receipt.is_left_behind
FROM receipt
JOIN sealed ON sealed.number = receipt.sealed
WHERE sealed.device = ?20
    AND receipt.epoch = (
        SELECT newest.epoch FROM receipt AS newest
        JOIN sealed AS its ON its.number = newest.sealed
        WHERE its.device = ?20
        ORDER BY newest.number DESC LIMIT 1
    )
ORDER BY receipt.position DESC
LIMIT 1;
