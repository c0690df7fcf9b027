-- vault_make: the first keys of a database. $1 bytea: name of the master key; $2 bytea: index key, wrapped. No rows.
insert into dantin.vault (master, index_key) values ($1::bytea, $2::bytea) on conflict do nothing
