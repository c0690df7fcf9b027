-- Rows, this device's, newest first: epoch, position, sequence, server time, leaf, signature, change count, applied, refused, conflicts,
-- warned, body, left behind?, proved?
SELECT receipt.epoch, receipt.position, sealed.sequence, receipt.server_time_ms, receipt.leaf, receipt.signature, receipt.change_count,
    receipt.applied, receipt.refused, receipt.conflicts, receipt.warned, receipt.body, receipt.is_left_behind, receipt.is_proved
FROM receipt
JOIN sealed ON sealed.number = receipt.sealed
WHERE sealed.device = ?20
ORDER BY receipt.number DESC;
