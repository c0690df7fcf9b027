-- quarantine_device: two different submissions bear one sequence of it. $1 bytea: device id. No rows.
with marked as (
    update dantin.device set is_quarantined = true where id = $1 and not is_quarantined
    returning id
)
insert into dantin.quarantine (device, position) select marked.id, h.position from marked cross join dantin.journal_head h
