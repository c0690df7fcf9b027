-- find_database: is there a database dantin in this cluster? No parameters. Rows: one, or none.
select datname from pg_catalog.pg_database where datname = 'dantin'
