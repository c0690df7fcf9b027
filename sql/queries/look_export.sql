-- look_export: notes that the operator exported the contents of the journal, in the transaction that read them. $1 text: what for. An
-- export is at every record there is; its persons are the changes, of which some are of the same person. Rows: none.
insert into dantin.look (looked_at_ms, device, sender, role, is_province, what, purpose, definition, definition_hash, dimensions,
                         position, rows, persons, alarm)
select floor(extract(epoch from clock_timestamp()) * 1000), '', '00000000-0000-0000-0000-000000000000', 'operator', true, 'export',
       coalesce($1::text, ''), 'journal', '', '', h.position, count(*), coalesce(sum(j.change_count), 0), ''
from dantin.journal_head h
left join dantin.journal j on j.position < h.position
group by h.position
