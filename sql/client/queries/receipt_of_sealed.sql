-- Parameters: 1 number of a submission. Rows: at most one; epoch, body of its newest receipt.
SELECT epoch, body FROM receipt WHERE sealed = ?1 ORDER BY number DESC LIMIT 1;
