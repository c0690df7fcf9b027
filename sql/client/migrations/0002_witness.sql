-- The client's store, version 2: the client as a witness of the journal (docs/protocol.md#witness).

-- Checkpoints as they came, kept for ever. standing 0: signed, not yet proved to belong to one journal with the others; 1: proved;
-- 2: left behind, beyond the branch point of a newer epoch. sealed: the note with the cosignatures of a quorum.
CREATE TABLE checkpoint (
    number   INTEGER NOT NULL PRIMARY KEY,
    epoch    BLOB    NOT NULL CHECK (length(epoch) = 16),
    size     INTEGER NOT NULL CHECK (size > 0),
    note     BLOB    NOT NULL,
    standing INTEGER NOT NULL CHECK (standing IN (0, 1, 2)),
    sealed   BLOB,
    UNIQUE (epoch, size)
) STRICT;
CREATE INDEX checkpoint_size ON checkpoint (size) WHERE standing <> 2;
CREATE INDEX checkpoint_sealed ON checkpoint (size) WHERE sealed IS NOT NULL;

-- What each device here signed as a witness, stored before it was sent: one text of an origin and size, never two.
CREATE TABLE cosignature (
    device    BLOB    NOT NULL CHECK (length(device) = 32),
    epoch     BLOB    NOT NULL CHECK (length(epoch) = 16),
    size      INTEGER NOT NULL,
    text_hash BLOB    NOT NULL CHECK (length(text_hash) = 32),
    line      BLOB    NOT NULL,
    is_taken  INTEGER NOT NULL DEFAULT 0 CHECK (is_taken IN (0, 1)),
    PRIMARY KEY (device, epoch, size)
) STRICT, WITHOUT ROWID;

-- Keys of other witnesses, each from an entry whose place in the journal was proved.
CREATE TABLE witness (
    device     BLOB    NOT NULL PRIMARY KEY CHECK (length(device) = 32),
    sender     BLOB    NOT NULL CHECK (length(sender) = 16),
    public_key BLOB    NOT NULL CHECK (length(public_key) = 32),
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Log keys in the order they followed each other; the last is the one in force.
CREATE TABLE log_key (
    number     INTEGER NOT NULL PRIMARY KEY,
    public_key BLOB    NOT NULL UNIQUE CHECK (length(public_key) = 32)
) STRICT;

-- What a server showed that it cannot have both. held, shown: notes; either may be null. acknowledged_ms null: nobody has.
CREATE TABLE alarm (
    number          INTEGER NOT NULL PRIMARY KEY,
    time_ms         INTEGER NOT NULL,
    fault           INTEGER NOT NULL,
    held            BLOB,
    shown           BLOB,
    acknowledged_ms INTEGER
) STRICT;

-- The entry was not kept by a newer epoch: its submission was offered again.
ALTER TABLE receipt ADD COLUMN is_left_behind INTEGER NOT NULL DEFAULT 0 CHECK (is_left_behind IN (0, 1));

-- Entries of the checkpoint that came with it; and that checkpoint was proved to be a part of the one journal we know. Until then the receipt is
-- the log's word alone.
ALTER TABLE receipt ADD COLUMN tree_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receipt ADD COLUMN is_proved INTEGER NOT NULL DEFAULT 0 CHECK (is_proved IN (0, 1));
CREATE INDEX receipt_tree ON receipt (epoch, tree_size);
