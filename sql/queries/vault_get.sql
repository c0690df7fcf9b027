-- vault_get: under which master key the keys are wrapped. No parameters. Rows: one, or none while there are no keys: name of the
-- master key, index key wrapped.
select master, index_key from dantin.vault
