-- replay_operators: who may enrol devices, as the tables have it. No parameters. Rows, by name: name, public key in hex, has_ended.
select name, encode(public_key, 'hex'), has_ended from dantin.operator order by name
