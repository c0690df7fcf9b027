-- Parameters: 1 record number, 2 number of a submission. Rows: at most one; the next submission after it that holds a change of the record, by
-- whichever device: number, change index, device, sequence, payload.
SELECT sealed.number, sealed_change.change_index, sealed.device, sealed.sequence, sealed.payload_zstd
FROM sealed_change
JOIN sealed ON sealed.number = sealed_change.sealed
WHERE sealed_change.record = ?1 AND sealed_change.sealed > ?2
ORDER BY sealed_change.sealed
LIMIT 1;
