-- look_end: chains looks and tells the end of the chain; to be repeated while there are more. No parameters. Rows: one: number and hash
-- of the newest link, are there more to chain?
select number, encode(hash, 'hex'), has_more from dantin.look_seal(dantin.look_newest(), 1000)
