-- Rows: one; submissions of this device whose newest receipt does not count any more.
SELECT count(*) FROM (
    SELECT receipt.sealed FROM receipt
    JOIN sealed ON sealed.number = receipt.sealed
    WHERE sealed.device = ?20
    GROUP BY receipt.sealed HAVING min(receipt.is_left_behind) = 1
);
