-- Changes that wait for a second person (docs/protocol.md#approvals), and what became of them. A waiting change is no version: nothing
-- counts it. Its content stays where it is, in the journal; this table only says where.
set local role dantin_owner;

create table dantin.waiting (
    version uuid primary key,                  -- the name the version has when it is approved
    position bigint not null,                  -- of the submission, and the change's place in it
    index integer not null,
    kind smallint not null,
    record uuid not null,
    base uuid,                                 -- null: a new record
    device bytea not null check (octet_length(device) = 32),
    sender uuid not null,                      -- of the device when it submitted; whose approver decides
    change_hash bytea not null check (octet_length(change_hash) = 32),
    decided_position bigint,                   -- of the approval; null: it still waits
    decided_index integer,
    code smallint,                             -- 0 applied, 2 conflict, 3 refused
    rule text,
    current uuid,                              -- conflict: the version that stood then
    check ((decided_position is null) = (decided_index is null) and (decided_position is null) = (code is null)
           and (decided_position is null) = (rule is null))
) with (fillfactor = 70);
create index waiting_record on dantin.waiting (record) where decided_position is null;
create index waiting_sender on dantin.waiting (sender, position, index) where decided_position is null;
create index waiting_outcome on dantin.waiting (sender, decided_position, decided_index) where decided_position is not null;

create type dantin.waiting_row as (
    version uuid,
    position bigint,
    index integer,
    kind smallint,
    record uuid,
    base uuid,
    device bytea,
    sender uuid,
    change_hash bytea
);

create type dantin.outcome_row as (
    version uuid,
    position bigint,
    index integer,
    code smallint,
    rule text,
    current uuid
);

grant select, insert, update (decided_position, decided_index, code, rule, current) on dantin.waiting to dantin_ingest;

create view read.waiting with (security_barrier) as
    select version, position, index, kind, record, device, sender, decided_position, code, rule
    from dantin.waiting
    where (select dantin.scope_is_province()) or sender in (select dantin.scope_branches());
grant select on read.waiting to dantin_read;
