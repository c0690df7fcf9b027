-- act_device: a key speaks for a sender from now on.
-- $1 bytea: device id; $2 bytea: public key; $3 uuid: sender; $4 text: role; $5 boolean: of the province; $6 boolean: sees exact
-- figures. No rows.
with made as (
    insert into dantin.device (id, spki_hash, public_key, sender, role, is_province, may_see_exact)
    values ($1, $1, $2, $3, $4, $5, $6)
    returning id, public_key
)
insert into dantin.device_key (device, from_sequence, public_key) select id, 1, public_key from made
