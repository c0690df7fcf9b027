-- journal_first_key: the key the log began with. No parameters. Rows: public key; none: the log has sealed nothing yet.
select k.public_key
from dantin.device d
join dantin.device_key k on k.device = d.id
where d.role = 'log'
order by k.from_sequence
limit 1
