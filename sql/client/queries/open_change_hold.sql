-- Parameters: 1 record number, 2 sequence of a change in conflict. Nothing happens when a later change of the record is sealed.
DELETE FROM open_change
WHERE record = ?1
    AND NOT EXISTS (SELECT 1 FROM sealed_change WHERE sealed_change.record = ?1 AND sealed_change.sequence > ?2);
