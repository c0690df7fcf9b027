-- data_key_wrap: a data key wrapped anew. $1 integer: number; $2 bytea: the key, wrapped. No rows.
update dantin.data_key set wrapped = $2::bytea where number = $1::integer
