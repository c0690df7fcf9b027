-- ticket_put: a new ticket. $1 bigint: number; $2 text: hash of its code in hex; $3 uuid: sender; $4 text: role; $5 boolean: of the
-- province; $6 boolean: sees exact figures; $7 text: operator; $8 bigint: expiry in seconds. No rows.
insert into dantin.ticket (number, code_hash, sender, role, is_province, may_see_exact, made_by, expires_at)
values ($1::bigint, decode($2, 'hex'), $3::uuid, $4, $5::boolean, $6::boolean, $7, to_timestamp($8::bigint))
