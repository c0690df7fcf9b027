-- device_seen: a device said HELLO, or got a new certificate. $1 bytea: device id; $2 bigint: end of the certificate in seconds, 0:
-- it got none. No rows.
update dantin.device
set seen_at = now(), certificate_until = case when $2::bigint = 0 then certificate_until else to_timestamp($2::bigint) end
where id = $1
