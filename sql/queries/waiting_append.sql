-- waiting_append: changes that wait from now on. $1 dantin.waiting_row[]. No rows.
insert into dantin.waiting (version, position, index, kind, record, base, device, sender, change_hash)
select version, position, index, kind, record, base, device, sender, change_hash
from unnest($1::dantin.waiting_row[])
