-- Parameters: 1 epoch, 2 size, 3 note, 4 standing. A checkpoint that is there keeps its note; what is proved stays proved.
INSERT INTO checkpoint (epoch, size, note, standing) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (epoch, size) DO UPDATE SET standing = max(standing, excluded.standing);
