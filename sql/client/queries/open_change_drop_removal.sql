-- Parameters: 1 record number. The removal of a record of which no version stands or is on its way has nothing to tell anybody.
DELETE FROM open_change
WHERE record = ?1
    AND EXISTS (SELECT 1 FROM record WHERE record.number = ?1 AND record.body IS NULL AND record.base IS NULL);
