-- backup_tables: a query that counts the rows of every table. No parameters. Rows: one: that query, whose one row holds a line
-- per table, ordered by name.
select 'select ' || string_agg(format('format(E''table %s %%s\n'', (select count(*) from dantin.%I))', relname, relname),
                               ' || ' order by relname collate "C")
from pg_catalog.pg_class
where relnamespace = 'dantin'::regnamespace and relkind = 'r'
