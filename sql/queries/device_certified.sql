-- device_certified: a device has a new certificate. $1 text: device id in hex; $2 integer: for how many days. No rows.
update dantin.device set certificate_until = now() + make_interval(days => $2::integer) where id = decode($1, 'hex')
