-- Parameters: 1 sequence. Rows: number of every record whose change in it was not applied.
SELECT record FROM sealed_change WHERE sequence = ?1 AND code IN (2, 3);
