-- log_key: the key the log goes under. No parameters. Rows: none before the first act, or one: public key in hex.
select encode(public_key, 'hex') from dantin.device where role = 'log'
