-- Rows: at most one, the largest that counts: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint WHERE standing <> 2 ORDER BY size DESC, number DESC LIMIT 1;
