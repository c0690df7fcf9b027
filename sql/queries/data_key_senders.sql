-- data_key_senders: who has data keys. No parameters. Rows: sender as 32 hexadecimal digits.
select distinct replace(sender::text, '-', '') from dantin.data_key order by 1
