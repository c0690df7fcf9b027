-- Parameters: 1 epoch, 2 size, 3 hash of the text, 4 signature line.
INSERT INTO cosignature (device, epoch, size, text_hash, line) VALUES (?20, ?1, ?2, ?3, ?4);
