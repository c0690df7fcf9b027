-- erasure_done: it is carried out. $1 bigint: position; $2 integer: index. No rows.
update dantin.erasure set is_done = true where position = $1::bigint and index = $2::integer
