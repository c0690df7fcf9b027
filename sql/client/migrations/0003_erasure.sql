-- The client's store, version 3: persons the province forgot, by an act of the journal (docs/protocol.md#notices).

-- act: its hash; the same told again does nothing. sealed: the newest submission then, at the home: what was refused up to there wants no
-- mending any more. decision SEALED. is_told: a person here was shown it.
CREATE TABLE erasure (
    act      BLOB    NOT NULL PRIMARY KEY CHECK (length(act) = 32),
    record   INTEGER NOT NULL REFERENCES record,
    sealed   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    decision BLOB    NOT NULL,
    is_told  INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_record ON erasure (record, sealed);
CREATE INDEX erasure_untold ON erasure (position) WHERE is_told = 0;

-- What the match keys of erased records were, BLIND twice over: the old spreadsheet does not bring the person back unasked. It tells
-- nothing to whoever does not know the person, and the home's key, already.
CREATE TABLE erased_key (
    kind      INTEGER NOT NULL,
    key_index INTEGER NOT NULL,
    key       BLOB    NOT NULL CHECK (length(key) = 16),
    PRIMARY KEY (kind, key_index, key)
) STRICT, WITHOUT ROWID;
