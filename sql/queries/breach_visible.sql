-- breach_visible: records of these kinds that the session's device sees, in any version. $1 text: an array of kinds. Rows: kind, record.
select kind, replace(record::text, '-', '') from dantin.visible_records($1::text[]) order by kind collate "C", record
