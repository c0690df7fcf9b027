-- quarantine_device: two different submissions bear one sequence of it. $1 bytea: device id. No rows.
update dantin.device set is_quarantined = true where id = $1 and not is_quarantined
