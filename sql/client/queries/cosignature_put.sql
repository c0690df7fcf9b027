-- Parameters: 1 epoch, 2 size, 3 hash of the text, 4 time, 5 signature.
INSERT INTO cosignature (epoch, size, text_hash, time_s, signature) VALUES (?1, ?2, ?3, ?4, ?5);
