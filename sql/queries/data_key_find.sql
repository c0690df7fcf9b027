-- data_key_find: data keys by their numbers. $1 integer[]. Rows: number, sender, the key wrapped, name of the master key.
select k.number, k.sender, k.wrapped, v.master
from unnest($1::integer[]) i (number)
cross join lateral (select * from dantin.data_key d where d.number = i.number offset 0) k
cross join dantin.vault v
