-- table_columns: the columns of a table of schema dantin.
-- $1 text: the table. Rows, by name: column.
select attname::text
from pg_catalog.pg_attribute
where attrelid = ('dantin.' || quote_ident($1::text))::regclass and attnum > 0 and not attisdropped
order by attname
