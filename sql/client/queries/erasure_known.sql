-- Parameters: 1 hash of the act. Rows: one when it was carried out here.
SELECT 1 FROM erasure WHERE act = ?1;
