-- device_seen: a device said HELLO. $1 bytea: device id. No rows.
update dantin.device set seen_at = now() where id = $1
