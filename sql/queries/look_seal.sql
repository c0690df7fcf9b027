-- look_seal: chains looks up to the one given. $1 bigint: look, $2 integer: how many at most. Rows: number and hash of the
-- newest link, are there more?
select number, hash, has_more from dantin.look_seal($1, $2)
