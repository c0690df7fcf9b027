-- device_key_at: the key that signs a submission of a device. $1 bytea: device id; $2 bigint: sequence. Rows: none, or one: public key.
select public_key from dantin.device_key where device = $1 and from_sequence <= $2 order by from_sequence desc limit 1
