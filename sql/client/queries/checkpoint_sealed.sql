-- Rows: at most one, the largest sealed one that counts: epoch, size, note, standing, sealed.
SELECT epoch, size, note, standing, sealed FROM checkpoint
WHERE sealed IS NOT NULL AND standing = 1
ORDER BY size DESC LIMIT 1;
