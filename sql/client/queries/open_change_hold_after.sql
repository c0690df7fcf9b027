-- Parameters: 1 number of the submission of a change in conflict, 2 record number. Nothing happens when a later change of the record is
-- sealed.
DELETE FROM open_change
WHERE record = ?2
    AND NOT EXISTS (SELECT 1 FROM sealed_change WHERE sealed_change.record = ?2 AND sealed_change.sealed > ?1);
