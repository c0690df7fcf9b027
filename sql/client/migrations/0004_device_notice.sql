-- The client's store, version 4: what the journal says of devices, for the people of the committee they speak for.

-- Each from an entry whose place in the journal was proved: entry is its envelope hash, so that the same entry told again, also by a newer
-- epoch that kept it, is the same notice. what 0: speaks for the sender from now on, as `role`; 1: goes on under another key; 2: has `role` from now on;
-- 3: speaks no more. How far each person here has looked: setting own/notices_seen.
CREATE TABLE device_notice (
    number   INTEGER NOT NULL PRIMARY KEY,
    entry    BLOB    NOT NULL CHECK (length(entry) = 32),
    device   BLOB    NOT NULL CHECK (length(device) = 32),
    what     INTEGER NOT NULL CHECK (what IN (0, 1, 2, 3)),
    sender   BLOB    NOT NULL CHECK (length(sender) = 16),
    role     TEXT    NOT NULL,
    position INTEGER NOT NULL,
    UNIQUE (entry, device, what)
) STRICT;
CREATE INDEX device_notice_sender ON device_notice (sender, number);
