-- Parameters: 1 kind, 2 record id. Rows, newest first: sequence, change index of every sealed change of the record that was not lost.
SELECT sealed_change.sequence, sealed_change.change_index
FROM record
JOIN sealed_change ON sealed_change.record = record.number
WHERE record.kind = ?1 AND record.id = ?2 AND (sealed_change.code IS NULL OR sealed_change.code NOT IN (2, 3))
ORDER BY sealed_change.sequence DESC;
