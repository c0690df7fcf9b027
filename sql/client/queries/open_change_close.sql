-- Parameters: 1 record number.
DELETE FROM open_change WHERE record = ?1;
