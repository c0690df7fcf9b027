-- act_key: a device goes on under another key. $1 bytea: device id; $2 bytea: SPKI hash and $3 bytea: public key;
-- $4 bigint: the sequence it signs first. No rows.
with moved as (
    update dantin.device set spki_hash = $2, public_key = $3 where id = $1
    returning id, public_key
)
insert into dantin.device_key (device, from_sequence, public_key) select id, $4, public_key from moved
