-- erasure_listed: does the journal hold this act of erasure? $1 bytea: hash of the act. One row: boolean.
select exists (select from dantin.erasure where act = $1::bytea)
