-- Parameters: 1 number, 2 base.
UPDATE record SET base = ?2 WHERE number = ?1;
