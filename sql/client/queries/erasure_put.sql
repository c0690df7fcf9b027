-- Parameters: 1 hash of the act, 2 record number, 3 position, 4 decision.
INSERT INTO erasure (act, record, sealed, position, decision)
VALUES (?1, ?2, coalesce((SELECT max(number) FROM sealed), 0), ?3, ?4);
