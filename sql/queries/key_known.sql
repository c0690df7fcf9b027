-- key_known: is this key, or was it ever, a device's (the log's too), an operator's, or one that asked to be enrolled?
-- $1 text: public key in hex. Rows: one boolean.
select exists (select from dantin.device_key where public_key = decode($1, 'hex'))
    or exists (select from dantin.device where public_key = decode($1, 'hex'))
    or exists (select from dantin.operator where public_key = decode($1, 'hex'))
    or exists (select from dantin.enrolment where public_key = decode($1, 'hex'))
