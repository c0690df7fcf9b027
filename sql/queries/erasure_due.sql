-- erasure_due: erasures not carried out yet, oldest first. No parameters.
-- Rows: position, index, kind, record in hex.
select position, index, kind, replace(record::text, '-', '') from dantin.erasure where not is_done order by position, index
