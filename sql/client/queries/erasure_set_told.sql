-- They were shown. No parameters.
UPDATE erasure SET is_told = 1 WHERE is_told = 0;
