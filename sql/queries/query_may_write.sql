-- query_may_write: the transaction it begins may write one row (query_look); all others of the read pool write nothing.
set transaction_read_only = off
