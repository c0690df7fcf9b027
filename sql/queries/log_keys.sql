-- log_keys: every key the log ever went under, the first one first. No parameters. Rows: public key in hex; none before the first act.
select encode(k.public_key, 'hex')
from dantin.device d
join dantin.device_key k on k.device = d.id
where d.role = 'log'
order by k.from_sequence
