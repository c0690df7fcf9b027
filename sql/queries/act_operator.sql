-- act_operator: a person who enrols devices, or one who does no more.
-- $1 text: name; $2 bytea: public key; $3 boolean: has ended. No rows.
insert into dantin.operator (name, public_key, has_ended) values ($1, $2, $3)
on conflict (name) do update set has_ended = excluded.has_ended
where operator.public_key = excluded.public_key
