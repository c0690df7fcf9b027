-- Parameters: 1 record number.
DELETE FROM match_key WHERE record = ?1;
