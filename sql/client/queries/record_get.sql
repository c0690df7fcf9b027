-- Parameters: 1 kind, 2 id. Rows: at most one; number, kind, id, origin, body, base, has_open_change, newest_code.
SELECT
    record.number, record.kind, record.id, record.origin, record.body, record.base,
    EXISTS (SELECT 1 FROM open_change WHERE open_change.record = record.number) AS has_open_change,
    (SELECT sealed_change.code FROM sealed_change WHERE sealed_change.record = record.number
         AND NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.record = record.number AND erasure.sealed >= sealed_change.sealed)
     ORDER BY sealed_change.sealed DESC LIMIT 1) AS newest_code
FROM record
WHERE record.kind = ?1 AND record.id = ?2;
