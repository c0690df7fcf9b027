-- act_release: a quarantine ends. $1 bytea: device id. No rows.
update dantin.device set is_quarantined = false where id = $1
