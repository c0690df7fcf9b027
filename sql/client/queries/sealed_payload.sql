-- Parameters: 1 number of a submission. Rows: at most one; device, sequence, payload.
SELECT device, sequence, payload_zstd FROM sealed WHERE number = ?1;
