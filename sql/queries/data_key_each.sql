-- data_key_each: every data key. No parameters. Rows: number, sender as 32 hexadecimal digits, the key wrapped.
select number, replace(sender::text, '-', ''), wrapped from dantin.data_key order by number
