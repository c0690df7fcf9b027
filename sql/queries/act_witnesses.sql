-- act_witnesses: whose devices count as witnesses from now on. $1 bigint: position; $2 uuid[]: senders. No rows.
insert into dantin.witness_set (position, senders) values ($1, $2)
