-- Parameters: 1 version, 2 code, 3 rule, 4 current version. A change sealed here, by whichever device, that waited is decided.
-- Rows: record number, number of the submission.
UPDATE sealed_change SET code = ?2, rule = ?3, current = ?4
WHERE version = ?1 AND code = 1
RETURNING record, sealed;
