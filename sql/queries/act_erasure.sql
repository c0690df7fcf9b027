-- act_erasure: a record whose person is forgotten; due until its payloads and tables are rewritten.
-- $1 bigint: position and $2 integer: index of the act; $3 text: kind; $4 uuid: record; $5 bytea: hash of the act. No rows.
insert into dantin.erasure (position, index, kind, record, act) values ($1, $2, $3, $4, $5)
