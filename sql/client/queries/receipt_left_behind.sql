-- Rows: one; submissions whose newest receipt does not count any more.
SELECT count(*) FROM (
    SELECT sequence FROM receipt GROUP BY sequence HAVING min(is_left_behind) = 1
);
