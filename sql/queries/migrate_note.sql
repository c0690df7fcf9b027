-- migrate_note: note an applied migration, in its own transaction. $1 integer: number. $2 text: file name. $3 text:
-- SHA-256 in hex. No rows.
insert into dantin.schema_migration (number, name, sha256)
values ($1::integer, $2, pg_catalog.decode($3, 'hex'))
