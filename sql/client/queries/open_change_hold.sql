-- Parameters: 1 sequence of a change in conflict, 2 record number. Nothing happens when a later change of the record is sealed.
DELETE FROM open_change
WHERE record = ?2
    AND NOT EXISTS (
        SELECT 1 FROM sealed_change
        WHERE sealed_change.record = ?2
            AND sealed_change.sealed > (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1)
    );
