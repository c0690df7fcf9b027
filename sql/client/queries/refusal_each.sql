-- Rows: sequence, change index, code, rule, current, kind, record id of every change that was the record's newest, was refused or in
-- conflict, and has no edit since. A record that is removed here and of which no version stands wants no mending.
SELECT lost.sequence, lost.change_index, lost.code, lost.rule, lost.current, record.kind, record.id
FROM sealed_change AS lost
JOIN record ON record.number = lost.record
WHERE lost.code IN (2, 3)
    AND NOT (record.body IS NULL AND record.base IS NULL)
    AND NOT EXISTS (SELECT 1 FROM open_change WHERE open_change.record = lost.record)
    AND NOT EXISTS (SELECT 1 FROM sealed_change AS later WHERE later.record = lost.record AND later.sequence > lost.sequence)
ORDER BY lost.sequence, lost.change_index;
