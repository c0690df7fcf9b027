-- Parameters: 1 number of a submission, 2 number of a receipt. Rows: at most one; its next receipt after that: number, epoch, body.
SELECT number, epoch, body FROM receipt WHERE sealed = ?1 AND number > ?2 ORDER BY number LIMIT 1;
