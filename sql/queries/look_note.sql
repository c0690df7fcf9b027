-- look_note: notes what the transaction's device is given (sql/migrations/0011_look.sql). $1 text: what, $2 text: purpose,
-- $3 text: definition, $4 bytea: its hash, $5 text: dimensions, $6 uuid: unit, $7 date: first day of the period, $8 date,
-- $9 bigint: position, null: the head, $10 bigint: rows, $11 bigint: persons, $12 uuid[]: subjects, $13 to $15 bigint: most in an
-- hour, in a day, times the usual. Rows: what is unusual, or ''.
select read.note_look($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
