-- Rows: number of the submission, change index, code, rule, current, kind, record id, sequence of every change of this device that was the
-- record's newest, was refused or in conflict, and has no edit since. A record that is removed here and of which no version stands wants
-- no mending; nor does what an erasure took away.
SELECT lost.sealed, lost.change_index, lost.code, lost.rule, lost.current, record.kind, record.id, sealed.sequence
FROM sealed_change AS lost
JOIN sealed ON sealed.number = lost.sealed
JOIN record ON record.number = lost.record
WHERE lost.code IN (2, 3)
    AND sealed.device = ?20
    AND NOT (record.body IS NULL AND record.base IS NULL)
    AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.record = lost.record AND erasure.sealed >= lost.sealed)
    AND NOT EXISTS (SELECT 1 FROM open_change WHERE open_change.record = lost.record)
    AND NOT EXISTS (SELECT 1 FROM sealed_change AS later WHERE later.record = lost.record AND later.sealed > lost.sealed)
ORDER BY lost.sealed, lost.change_index;
