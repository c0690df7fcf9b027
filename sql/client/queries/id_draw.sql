-- Parameters: 1 the prefix to take if this is the first draw of the store's life. Rows: prefix, counter.
INSERT INTO id_source (only_row, prefix, counter) VALUES (1, ?1, 1)
ON CONFLICT (only_row) DO UPDATE SET counter = counter + 1
RETURNING prefix, counter;
