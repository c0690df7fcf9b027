-- Rows, by position: act, position, kind, record id, decision of every erasure nobody here was shown.
SELECT erasure.act, erasure.position, record.kind, record.id, erasure.decision
FROM erasure
JOIN record ON record.number = erasure.record
WHERE erasure.is_told = 0
ORDER BY erasure.position;
