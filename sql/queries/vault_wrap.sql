-- vault_wrap: the index key wrapped under another master key. $1 bytea: name of the master key; $2 bytea: index key, wrapped. No rows.
update dantin.vault set master = $1::bytea, index_key = $2::bytea
