-- restore_target: is there anything of ours in this database? No parameters. Rows: one: is it empty of it?
select to_regnamespace('dantin') is null and to_regnamespace('read') is null
