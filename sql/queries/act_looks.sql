-- act_looks: the end of the chain over the log of reads, as the journal says it. $1 bigint: position, $2 bigint: number of the link,
-- $3 bytea: its hash. No rows.
insert into dantin.look_anchor (position, number, hash) values ($1, $2, $3)
