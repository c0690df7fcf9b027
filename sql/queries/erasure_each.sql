-- erasure_each: every act of erasure in the journal, oldest first. No parameters. Rows: position, index, kind, record in hex.
select position, index, kind, replace(record::text, '-', '') from dantin.erasure order by position, index
