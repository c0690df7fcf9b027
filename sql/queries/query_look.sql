-- query_look: notes a question about sensitive figures, when the device may see them exactly. $1 text: definition, $2 bytea: its
-- hash, $3 text: dimensions, $4 uuid: unit, $5 date, $6 bigint: position, null: the head. Rows: may it?
select read.note_look($1, $2, $3, $4, $5, $6)
