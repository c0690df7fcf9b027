-- Kind `branch`: the party tree. Scope is computed from it, so it has no row-level security of its own (that would make
-- the policy ask itself); the views of schema `read` filter it.
set local role dantin_owner;

create table dantin.branch (
    id uuid primary key,
    version uuid not null,
    since bigint not null,
    code_list text,
    code text,
    name text,
    kind text,
    unit_type text,
    is_sender boolean,
    established_date date,
    established_decision text,
    dissolved_date date,
    dissolved_decision text,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    locality_locality uuid,
    locality_from date,
    locality_to date
) with (fillfactor = 90);
create index branch_parent_branch on dantin.branch (parent_branch);

create table dantin.branch_version (
    id uuid not null,
    version uuid not null,
    since bigint not null,
    until bigint,
    removed boolean not null,
    code_list text,
    code text,
    name text,
    kind text,
    unit_type text,
    is_sender boolean,
    established_date date,
    established_decision text,
    dissolved_date date,
    dissolved_decision text,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    locality_locality uuid,
    locality_from date,
    locality_to date,
    primary key (id, since)
) with (fillfactor = 90);

create type dantin.branch_row as (
    id uuid,
    version uuid,
    since bigint,
    until bigint,
    removed boolean,
    code_list text,
    code text,
    name text,
    kind text,
    unit_type text,
    is_sender boolean,
    established_date date,
    established_decision text,
    dissolved_date date,
    dissolved_decision text,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    locality_locality uuid,
    locality_from date,
    locality_to date
);

create table dantin.branch_parent (
    id uuid not null,
    element integer not null,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    primary key (id, element)
);
create index branch_parent_earlier on dantin.branch_parent (parent_branch);

create table dantin.branch_parent_version (
    id uuid not null,
    since bigint not null,
    element integer not null,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    primary key (id, since, element)
);

create type dantin.branch_parent_row as (
    id uuid,
    since bigint,
    until bigint,
    element integer,
    parent_branch uuid,
    parent_from date,
    parent_to date
);

create table dantin.branch_locality (
    id uuid not null,
    element integer not null,
    locality_locality uuid,
    locality_from date,
    locality_to date,
    primary key (id, element)
);

create table dantin.branch_locality_version (
    id uuid not null,
    since bigint not null,
    element integer not null,
    locality_locality uuid,
    locality_from date,
    locality_to date,
    primary key (id, since, element)
);

create type dantin.branch_locality_row as (
    id uuid,
    since bigint,
    until bigint,
    element integer,
    locality_locality uuid,
    locality_from date,
    locality_to date
);

grant select, insert, update, delete on dantin.branch, dantin.branch_parent, dantin.branch_locality to dantin_ingest;
grant select, insert, update (until) on dantin.branch_version to dantin_ingest;
grant select, insert on dantin.branch_parent_version, dantin.branch_locality_version to dantin_ingest;
