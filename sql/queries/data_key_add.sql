-- data_key_add: the first data keys of senders. $1 integer[]: numbers; $2 uuid[]: senders; $3 bytea[]: the keys, wrapped. No rows.
insert into dantin.data_key (number, sender, wrapped)
select * from unnest($1::integer[], $2::uuid[], $3::bytea[])
