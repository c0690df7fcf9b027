-- device_sign: a certified device. $1 text: device id and $2 text: SPKI hash, $3 text: public key, in hex; $4 uuid: sender;
-- $5 text: role; $6 boolean: of the province;
-- $7 boolean: sees exact sensitive figures. Again with the same key: only the role and that may change.
-- Rows: one, or none when the device belongs to another sender.
insert into dantin.device as d (id, spki_hash, public_key, sender, role, is_province, may_see_exact)
values (decode($1, 'hex'), decode($2, 'hex'), decode($3, 'hex'), $4::uuid, $5, $6::boolean, $7::boolean)
on conflict (id) do update set role = excluded.role, may_see_exact = excluded.may_see_exact
where d.sender = excluded.sender and d.is_province = excluded.is_province
returning encode(d.id, 'hex')
