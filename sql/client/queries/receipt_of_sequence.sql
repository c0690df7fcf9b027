-- Parameters: 1 sequence. Rows: at most one; body of the newest receipt of the submission.
SELECT body FROM receipt WHERE sequence = ?1 ORDER BY number DESC LIMIT 1;
