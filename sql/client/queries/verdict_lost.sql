-- Parameters: 1 sequence. Rows: number of every record whose change in it was not applied.
SELECT record FROM sealed_change
WHERE sealed = (SELECT number FROM sealed WHERE device = ?20 AND sequence = ?1) AND code IN (2, 3);
