-- data_key_next: a number for a data key. No parameters. Rows: one.
select nextval('dantin.data_key_number')
