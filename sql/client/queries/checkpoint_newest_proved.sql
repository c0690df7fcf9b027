-- Rows: at most one, the largest that is proved: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint WHERE standing = 1 ORDER BY size DESC, number DESC LIMIT 1;
