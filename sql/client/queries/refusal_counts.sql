-- Rows: one; refusals and conflicts that still want mending (refusal_each).
SELECT coalesce(sum(lost.code = 3), 0), coalesce(sum(lost.code = 2), 0)
FROM sealed_change AS lost
JOIN sealed ON sealed.number = lost.sealed
JOIN record ON record.number = lost.record
WHERE lost.code IN (2, 3)
    AND sealed.device = ?20
    AND NOT (record.body IS NULL AND record.base IS NULL)
    AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.record = lost.record AND erasure.sealed >= lost.sealed)
    AND NOT EXISTS (SELECT 1 FROM open_change WHERE open_change.record = lost.record)
    AND NOT EXISTS (SELECT 1 FROM sealed_change AS later WHERE later.record = lost.record AND later.sealed > lost.sealed);
