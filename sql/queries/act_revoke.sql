-- act_revoke: a device speaks no more. $1 bytea: device id. No rows.
update dantin.device set is_revoked = true where id = $1
