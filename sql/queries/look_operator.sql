-- look_operator: notes that the operator took the contents of the journal, or of the whole database. $1 text: what, $2 text: of what,
-- $3 text: what for, $4 text: to whom. Such a look is at every record there is; its persons are the changes, of which some are of the
-- same person. No rows.
insert into dantin.look (looked_at_ms, device, sender, role, is_province, what, purpose, definition, definition_hash, dimensions,
                         position, rows, persons, alarm)
select floor(extract(epoch from clock_timestamp()) * 1000), '', '00000000-0000-0000-0000-000000000000', 'operator', true, $1::text,
       coalesce($3::text, ''), $2::text, '', coalesce($4::text, ''), h.position, count(*), coalesce(sum(j.change_count), 0), ''
from dantin.journal_head h
left join dantin.journal j on j.position < h.position
group by h.position
