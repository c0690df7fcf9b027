-- operator_find: an operator. $1 text: name. Rows: public key in hex, has ended; one, or none.
select encode(public_key, 'hex'), has_ended from dantin.operator where name = $1
