-- erasure_unscrubbed: kinds of which rows were blanked that PostgreSQL's files still hold. No parameters. Rows: kind.
select distinct kind from dantin.erasure where is_done and not is_scrubbed order by kind
