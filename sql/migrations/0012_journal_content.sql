-- The kind of content is a u16 of the envelope, and journalled as it came: also an unknown one, whose changes are all
-- refused as unreadable.
set local role dantin_owner;

alter table dantin.journal alter column content type integer;
alter type dantin.journal_row alter attribute content type integer;
