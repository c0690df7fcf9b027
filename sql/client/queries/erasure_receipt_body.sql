-- Parameters: 1 number of a receipt, 2 body.
UPDATE receipt SET body = ?2 WHERE number = ?1;
