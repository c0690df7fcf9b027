-- An edit based on a change that nobody could read is refused with it: found by the device's unreadable entries.
set local role dantin_owner;

create index journal_uncounted on dantin.journal (device, sequence) where is_unreadable and change_count = 0;
