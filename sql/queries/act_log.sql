-- act_log: the log key's own device, made when it is not there yet, and where its chain stands. It speaks for nobody: its
-- sender is the front of its id, which no branch bears.
-- $1 text: SPKI hash and $2 text: public key of the log key in force, in hex. Rows: one: id, last sequence, hash of the last
-- envelope (empty: none); ids and hashes in hex. None: the log goes under another key.
with made as (
    insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)
    select decode($1, 'hex'), decode($1, 'hex'), decode($2, 'hex'), substr($1, 1, 32)::uuid, 'log', true
    where not exists (select from dantin.device where role = 'log')
    returning id, spki_hash, public_key, last_sequence, last_envelope_hash
), keyed as (
    insert into dantin.device_key (device, from_sequence, public_key) select id, 1, public_key from made
)
select encode(id, 'hex'), last_sequence, coalesce(encode(last_envelope_hash, 'hex'), '')
from (select id, spki_hash, last_sequence, last_envelope_hash from made
      union all
      select id, spki_hash, last_sequence, last_envelope_hash from dantin.device where role = 'log') d
where spki_hash = decode($1, 'hex')
