-- enrol: a key with a ticket asks to be enrolled, or what became of it (sql/migrations/0014_enrolment.sql).
-- $1 bigint: number of the ticket; $2 bytea: hash of its code; $3 bytea: public key; $4 bytea: SHA-256 of its SPKI; $5 boolean: is it
-- a key of the server itself; $6 bigint: end of the certificate that is given if it is approved, in seconds. Rows: one, the answer.
select dantin.enrol($1, $2, $3, $4, $5, to_timestamp($6::bigint))
