-- Rows: record number of every open change of this device in sealing order: parents first (kinds in their order, depth within a kind), then by id;
-- removals last, children first. Depth is bounded, so a ring of parents ends too. Left out: an edit of what another device here has sealed
-- and not yet brought to the province, where its base would be unknown.
WITH RECURSIVE up (number, kind, ancestor, depth) AS (
    SELECT record.number, record.kind, parent.parent, 1
    FROM open_change
    JOIN record ON record.number = open_change.record
    JOIN parent ON parent.record = record.number
    WHERE open_change.device = ?20
    UNION
    SELECT up.number, up.kind, parent.parent, up.depth + 1
    FROM up
    JOIN record ON record.kind = up.kind AND record.id = up.ancestor
    JOIN parent ON parent.record = record.number
    WHERE up.depth < 32
),
depth (number, depth) AS (SELECT number, max(depth) FROM up GROUP BY number)
SELECT record.number
FROM open_change
JOIN record ON record.number = open_change.record
LEFT JOIN depth ON depth.number = record.number
WHERE open_change.device = ?20
    AND NOT EXISTS (
        SELECT 1 FROM sealed_change
        JOIN sealed ON sealed.number = sealed_change.sealed
        WHERE sealed_change.record = open_change.record AND sealed.device <> ?20 AND sealed.is_received = 0
    )
ORDER BY
    record.body IS NULL,
    iif(record.body IS NULL, -record.kind, record.kind),
    iif(record.body IS NULL, -1, 1) * coalesce(depth.depth, 0),
    record.id;
