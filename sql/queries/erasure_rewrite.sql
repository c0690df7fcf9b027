-- erasure_rewrite: an entry's payload without what was erased. $1 bigint: position; $2 text: payload, sealed, in hex. No rows.
update dantin.journal set payload = decode($2, 'hex') where position = $1::bigint
