-- data_key_put: a data key. $1 integer: number; $2 text: sender as 32 hexadecimal digits; $3 bytea: the key, wrapped. No rows.
insert into dantin.data_key (number, sender, wrapped) values ($1::integer, $2::uuid, $3::bytea)
