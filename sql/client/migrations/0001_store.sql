-- The client's store, version 1. Run inside one transaction, which then sets user_version = 1.
-- Ids, version names and epochs are blobs of 16 bytes; hashes and devices of 32; kinds and verdict codes the numbers of the contract.
--
-- Columns marked SEALED hold AES-256-GCM under the store's key, opened only at their own place (client/lib/store_seal.c); those marked BLIND
-- hold 16 bytes of an HMAC under another key: equal values look equal, and tell nothing else. The rest is ids, counts and moments.
-- Records are the home's; what is sealed for the journal belongs to a device, that is, to one of the home's persons. In queries ?20 is
-- the device at hand.

-- device: whose it is; empty: the home's. value SEALED.
CREATE TABLE setting (
    device BLOB NOT NULL,
    name   TEXT NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

-- Where drawn record ids come from: 8 random bytes for life, then a counter that never goes back.
CREATE TABLE id_source (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    prefix   BLOB    NOT NULL CHECK (length(prefix) = 8),
    counter  INTEGER NOT NULL
) STRICT;

-- The latest state of every record known here. body null: removed. base null: no version stands or is on its way. body, folded SEALED;
-- code, name BLIND (folded is the name for searching, name the same for exact look-up).
CREATE TABLE record (
    number INTEGER NOT NULL PRIMARY KEY,
    kind   INTEGER NOT NULL,
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    origin INTEGER NOT NULL CHECK (origin IN (0, 1)),
    body   BLOB,
    base   BLOB CHECK (length(base) = 16),
    code   BLOB,
    folded BLOB,
    name   BLOB,
    UNIQUE (kind, id)
) STRICT;
CREATE INDEX record_code ON record (kind, code) WHERE code IS NOT NULL;
CREATE INDEX record_name ON record (kind, name) WHERE name IS NOT NULL;

-- key BLIND.
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

-- Edited since last sealed, last by this device, which will seal it; the content is the record's. tail SEALED: the packed fields reason
-- and first_load of the Change.
CREATE TABLE open_change (
    record INTEGER NOT NULL PRIMARY KEY REFERENCES record,
    device BLOB    NOT NULL CHECK (length(device) = 32),
    tail   BLOB    NOT NULL
) STRICT;

-- Submissions whose number, bytes and signature are final. number: the order they were sealed in, by whichever device. payload_zstd SEALED.
CREATE TABLE sealed (
    number        INTEGER NOT NULL PRIMARY KEY,
    device        BLOB    NOT NULL CHECK (length(device) = 32),
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    envelope      BLOB    NOT NULL,
    signature     BLOB    NOT NULL,
    payload_zstd  BLOB    NOT NULL,
    envelope_hash BLOB    NOT NULL CHECK (length(envelope_hash) = 32),
    item_count    INTEGER NOT NULL,
    is_received   INTEGER NOT NULL DEFAULT 0 CHECK (is_received IN (0, 1)),
    UNIQUE (device, sequence)
) STRICT;
CREATE INDEX sealed_waiting ON sealed (device, sequence) WHERE is_received = 0;

-- The changes of sealed submissions and what became of them. code null: not known yet.
CREATE TABLE sealed_change (
    sealed       INTEGER NOT NULL REFERENCES sealed,
    change_index INTEGER NOT NULL,
    record       INTEGER NOT NULL REFERENCES record,
    version      BLOB    NOT NULL CHECK (length(version) = 16),
    base         BLOB CHECK (length(base) = 16),
    code         INTEGER,
    rule         TEXT,
    current      BLOB CHECK (length(current) = 16),
    PRIMARY KEY (sealed, change_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_change_record ON sealed_change (record, sealed);
CREATE INDEX sealed_change_waiting ON sealed_change (version) WHERE code = 1;
CREATE INDEX sealed_change_lost ON sealed_change (record, sealed) WHERE code IN (2, 3);

-- Receipts, of older epochs too, in the order they came. body SEALED: it may hold what the province has of a record in conflict.
CREATE TABLE receipt (
    number         INTEGER NOT NULL PRIMARY KEY,
    epoch          BLOB    NOT NULL CHECK (length(epoch) = 16),
    position       INTEGER NOT NULL,
    sealed         INTEGER NOT NULL REFERENCES sealed,
    server_time_ms INTEGER NOT NULL,
    leaf           BLOB    NOT NULL CHECK (length(leaf) = 32),
    signature      BLOB    NOT NULL CHECK (length(signature) = 64),
    change_count   INTEGER NOT NULL,
    applied        INTEGER NOT NULL,
    refused        INTEGER NOT NULL,
    conflicts      INTEGER NOT NULL,
    warned         INTEGER NOT NULL,
    body           BLOB    NOT NULL,
    UNIQUE (epoch, sealed)
) STRICT;
