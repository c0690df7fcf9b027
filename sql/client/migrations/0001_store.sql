-- The client's store, version 1. Run inside one transaction, which then sets user_version = 1.
-- Ids, version names and epochs are blobs of 16 bytes; hashes of 32; kinds and verdict codes the numbers of the contract.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Where drawn record ids come from: 8 random bytes for life, then a counter that never goes back.
CREATE TABLE id_source (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    prefix   BLOB    NOT NULL CHECK (length(prefix) = 8),
    counter  INTEGER NOT NULL
) STRICT;

-- The latest state of every record known here. body null: removed. base null: no version stands or is on its way.
CREATE TABLE record (
    number INTEGER NOT NULL PRIMARY KEY,
    kind   INTEGER NOT NULL,
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    origin INTEGER NOT NULL CHECK (origin IN (0, 1)),
    body   BLOB,
    base   BLOB CHECK (length(base) = 16),
    code   TEXT,
    folded TEXT,
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX record_code ON record (kind, code) WHERE code IS NOT NULL;
CREATE INDEX record_folded ON record (kind, folded) WHERE folded IS NOT NULL;

CREATE TABLE match_key (
    record    INTEGER NOT NULL REFERENCES record,
    key_index INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    key       BLOB    NOT NULL,
    PRIMARY KEY (record, key_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_key_key ON match_key (kind, key_index, key);

-- References to records of the same kind, at any date; of a removed record, its last. They decide the order of sealing.
CREATE TABLE parent (
    record INTEGER NOT NULL REFERENCES record,
    parent BLOB    NOT NULL CHECK (length(parent) = 16),
    PRIMARY KEY (record, parent)
) STRICT, WITHOUT ROWID;

-- Edited since last sealed; the content is the record's. tail: the packed fields reason and first_load of the Change.
CREATE TABLE open_change (
    record INTEGER NOT NULL PRIMARY KEY REFERENCES record,
    tail   BLOB    NOT NULL
) STRICT;

-- Submissions whose number, bytes and signature are final.
CREATE TABLE sealed (
    sequence      INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    envelope      BLOB    NOT NULL,
    signature     BLOB    NOT NULL,
    payload_zstd  BLOB    NOT NULL,
    envelope_hash BLOB    NOT NULL CHECK (length(envelope_hash) = 32),
    is_received   INTEGER NOT NULL DEFAULT 0 CHECK (is_received IN (0, 1))
) STRICT;
CREATE INDEX sealed_waiting ON sealed (sequence) WHERE is_received = 0;

-- The changes of sealed submissions and what became of them. code null: not known yet.
CREATE TABLE sealed_change (
    sequence     INTEGER NOT NULL REFERENCES sealed,
    change_index INTEGER NOT NULL,
    record       INTEGER NOT NULL REFERENCES record,
    version      BLOB    NOT NULL CHECK (length(version) = 16),
    base         BLOB CHECK (length(base) = 16),
    code         INTEGER,
    rule         TEXT,
    current      BLOB CHECK (length(current) = 16),
    PRIMARY KEY (sequence, change_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_change_record ON sealed_change (record, sequence);
CREATE INDEX sealed_change_lost ON sealed_change (record, sequence) WHERE code IN (2, 3);

-- Receipts, of older epochs too, in the order they came.
CREATE TABLE receipt (
    number         INTEGER NOT NULL PRIMARY KEY,
    epoch          BLOB    NOT NULL CHECK (length(epoch) = 16),
    position       INTEGER NOT NULL,
    sequence       INTEGER NOT NULL REFERENCES sealed,
    server_time_ms INTEGER NOT NULL,
    leaf           BLOB    NOT NULL CHECK (length(leaf) = 32),
    signature      BLOB    NOT NULL CHECK (length(signature) = 64),
    change_count   INTEGER NOT NULL,
    applied        INTEGER NOT NULL,
    refused        INTEGER NOT NULL,
    conflicts      INTEGER NOT NULL,
    warned         INTEGER NOT NULL,
    body           BLOB    NOT NULL,
    UNIQUE (epoch, sequence)
) STRICT;
