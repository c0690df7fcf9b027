-- Parameters: 1 kind, 2 id, 3 origin, 4 body, 5 code, 6 folded, 7 name. A record of our own never becomes reference again. Rows: number.
INSERT INTO record (kind, id, origin, body, code, folded, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (kind, id) DO UPDATE
SET origin = max(origin, excluded.origin), body = excluded.body, code = excluded.code, folded = excluded.folded, name = excluded.name
RETURNING number;
