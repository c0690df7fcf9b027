-- Parameters: 1 kind, 2 record id. Rows, newest first: number of the submission, change index, code of every sealed change of the record,
-- by whichever device, that was not refused. A conflict tells what stood at the province instead.
SELECT sealed_change.sealed, sealed_change.change_index, sealed_change.code
FROM record
JOIN sealed_change ON sealed_change.record = record.number
WHERE record.kind = ?1 AND record.id = ?2 AND (sealed_change.code IS NULL OR sealed_change.code <> 3)
ORDER BY sealed_change.sealed DESC;
