-- journal_append: the entries of a group; the epoch is the head's.
-- $1 dantin.journal_row[]: entries; $2 bigint: server time in ms, of all of them. No rows.
insert into dantin.journal (position, epoch, device, sequence, content, envelope, signature, payload, server_time_ms,
                            envelope_hash, change_count, is_unreadable, verdicts, leaf, receipt_signature)
select i.position, h.epoch, i.device, i.sequence, i.content, i.envelope, i.signature, i.payload, $2,
       i.envelope_hash, i.change_count, i.is_unreadable, i.verdicts, i.leaf, i.receipt_signature
from unnest($1::dantin.journal_row[]) i
cross join dantin.journal_head h
