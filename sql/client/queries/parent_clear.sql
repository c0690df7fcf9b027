-- Parameters: 1 record number.
DELETE FROM parent WHERE record = ?1;
