-- Parameters: 1 number of a submission, 2 payload.
UPDATE sealed SET payload_zstd = ?2 WHERE number = ?1;
