-- Rows, oldest first: number of the submission, change index, device, sequence, version, kind, record id of every change sealed here, by
-- whichever device, that waits for a second person (verdict 1).
SELECT waiting.sealed, waiting.change_index, sealed.device, sealed.sequence, waiting.version, record.kind, record.id
FROM sealed_change AS waiting
JOIN sealed ON sealed.number = waiting.sealed
JOIN record ON record.number = waiting.record
WHERE waiting.code = 1
ORDER BY waiting.sealed, waiting.change_index;
