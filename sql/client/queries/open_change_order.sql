-- Rows: record number of every open change in sealing order: parents first (kinds in their order, depth within a kind), then by id;
-- removals last, children first. Depth is bounded, so a ring of parents ends too.
WITH RECURSIVE up (number, kind, ancestor, depth) AS (
    SELECT record.number, record.kind, parent.parent, 1
    FROM open_change
    JOIN record ON record.number = open_change.record
    JOIN parent ON parent.record = record.number
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
ORDER BY
    record.body IS NULL,
    iif(record.body IS NULL, -record.kind, record.kind),
    iif(record.body IS NULL, -1, 1) * coalesce(depth.depth, 0),
    record.id;
