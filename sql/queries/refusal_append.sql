-- refusal_append: changes that were not applied. $1 dantin.refusal_row[]. No rows.
insert into dantin.refusal (version, position, index, code, rule, kind, record)
select version, position, index, code, rule, kind, record
from unnest($1::dantin.refusal_row[])
