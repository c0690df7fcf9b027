-- The journal, its head and its epochs. Positions come from journal_head's one row, never from a sequence: whoever
-- appends holds that row's lock until the commit, so positions have no gaps and become visible in order.
set local role dantin_owner;

create table dantin.epoch (
    id uuid primary key,
    opened_position bigint not null,           -- first position that may belong to it
    previous uuid references dantin.epoch (id),
    branched_position bigint,                  -- entries of the previous epoch kept: those below it
    opened_at timestamptz not null default now()
);

create table dantin.journal_head (
    singleton boolean primary key default true check (singleton),
    epoch uuid not null references dantin.epoch (id),
    position bigint not null check (position >= 0), -- number of entries; the next entry gets this number
    server_time_ms bigint not null,                 -- of the newest entry; never runs backwards
    is_rolled_back boolean not null default false,
    is_refilling boolean not null default false,
    -- The Merkle tree over the leaves of all entries (RFC 9162): the hashes of its complete subtrees, left to right.
    frontier bytea not null default '' check (octet_length(frontier) % 32 = 0),
    -- Which version of every record is the newest, as one number (docs/journal.md#state).
    state bytea not null default decode(repeat('00', 32), 'hex') check (octet_length(state) = 32)
) with (fillfactor = 10);

with first as (insert into dantin.epoch (id, opened_position) values (gen_random_uuid(), 0) returning id)
insert into dantin.journal_head (epoch, position, server_time_ms) select id, 0, 0 from first;

create table dantin.journal (
    position bigint primary key,
    epoch uuid not null,
    device bytea not null check (octet_length(device) = 32),
    sequence bigint not null check (sequence > 0),
    content integer not null,                  -- kind of content, a u16 as in the envelope: 1 = changes
    envelope bytea not null,                   -- as received
    signature bytea not null,                  -- as received
    payload bytea not null,                    -- as received: one zstd frame
    server_time_ms bigint not null,
    envelope_hash bytea not null,
    change_count integer not null,
    is_unreadable boolean not null,
    verdicts bytea not null,                   -- those a receipt lists; layout: server/store/verdict_codec.h
    leaf bytea not null,
    receipt_signature bytea not null,
    unique (device, sequence)
) with (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);
alter table dantin.journal alter column payload set storage external;
-- An edit based on a change that nobody could read is refused with it: found by the device's unreadable entries.
create index journal_uncounted on dantin.journal (device, sequence) where is_unreadable and change_count = 0;

-- Roots of the tree's complete subtrees of 256, 65536 ... leaves (level 8, 16 ...); its leaves are the journal's.
create table dantin.tree_node (
    level smallint not null check (level > 0 and level % 8 = 0),
    index bigint not null check (index >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    primary key (level, index)
);

-- What the province has signed about its journal: one note for each group of entries, kept for ever.
create table dantin.checkpoint (
    epoch uuid not null references dantin.epoch (id),
    size bigint not null check (size > 0),
    note bytea not null,
    primary key (epoch, size)
);

-- What ingest passes for each entry of a group, as one array.
create type dantin.journal_row as (
    position bigint,
    device bytea,
    sequence bigint,
    content integer,
    envelope bytea,
    signature bytea,
    payload bytea,
    envelope_hash bytea,
    change_count integer,
    is_unreadable boolean,
    verdicts bytea,
    leaf bytea,
    receipt_signature bytea
);

-- One row per change that was journalled but not applied, under the name its version would have had: an edit made on
-- top of it is answered from here, and pending refusals are counted from here.
create table dantin.refusal (
    version uuid primary key,
    position bigint not null,
    index integer not null,
    code smallint not null,                    -- 1 waiting, 2 conflict, 3 refused
    rule text not null,                        -- rule id, '' when the code says it all
    kind smallint,                             -- null when the payload could not be read
    record uuid
);
create index refusal_position on dantin.refusal (position);
-- While a refill is open: did the device itself tell of a record in vain, or is the record still to come?
create index refusal_record on dantin.refusal (record) where record is not null;

create type dantin.refusal_row as (
    version uuid,
    position bigint,
    index integer,
    code smallint,
    rule text,
    kind smallint,
    record uuid
);

-- Devices: the id is the SHA-256 of the first public key, for life; spki_hash is that of the present key.
create table dantin.device (
    id bytea primary key check (octet_length(id) = 32),
    spki_hash bytea not null unique check (octet_length(spki_hash) = 32),
    public_key bytea not null check (octet_length(public_key) = 32),
    sender uuid not null,
    role text not null check (role in ('clerk', 'approver', 'viewer', 'administrator', 'auditor', 'log')),
    is_province boolean not null check (is_province or role not in ('administrator', 'auditor')),
    last_sequence bigint not null default 0,
    last_envelope_hash bytea check (octet_length(last_envelope_hash) = 32),
    is_quarantined boolean not null default false,
    is_revoked boolean not null default false
) with (fillfactor = 50);
create index device_province on dantin.device (sender) where is_province;
create index device_role on dantin.device (role);

-- Which key signs a device's submissions from which sequence on: what was sealed under an older one may be offered again.
create table dantin.device_key (
    device bytea not null references dantin.device (id),
    from_sequence bigint not null check (from_sequence > 0),
    public_key bytea not null check (octet_length(public_key) = 32),
    primary key (device, from_sequence)
);

-- When it was noticed that two different submissions bear one sequence of a device: how many entries there were. A release is an
-- act; so whether a device is quarantined follows from here and the journal.
create table dantin.quarantine (
    device bytea not null references dantin.device (id),
    position bigint not null check (position >= 0),
    noticed_at timestamptz not null default now(),
    primary key (device, position)
);

-- Persons at the province who enrol and approve devices.
create table dantin.operator (
    name text primary key,
    public_key bytea not null unique check (octet_length(public_key) = 32),
    has_ended boolean not null default false
);

-- The senders that count as witnesses, since that entry; none: every sender with a device.
create table dantin.witness_set (
    position bigint primary key,
    senders uuid[] not null
);

grant select on dantin.epoch to dantin_ingest;
grant select, update (position, server_time_ms, is_rolled_back, frontier, state) on dantin.journal_head to dantin_ingest;
grant select, insert on dantin.journal, dantin.refusal, dantin.tree_node, dantin.checkpoint to dantin_ingest;
-- Who a device is, acts decide, which the owner writes; ingest notes how far it has come, and the key it goes on with.
grant select, update (last_sequence, last_envelope_hash, is_quarantined, public_key, spki_hash) on dantin.device
    to dantin_ingest;
grant select, insert on dantin.device_key to dantin_ingest;
grant select, insert on dantin.quarantine to dantin_ingest;
grant select on dantin.operator, dantin.witness_set to dantin_ingest;
