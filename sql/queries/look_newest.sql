-- look_newest: the newest look, when none is being written. No parameters. Rows: its id, 0: none.
select dantin.look_newest()
