-- Kind `code`: entries of code lists. For every kind K: K holds the newest version of each record that exists, K_version
-- every version with its positions [since, until); a removal is a version too. Columns: common/record/kinds/K.def.
-- The tables have no foreign keys and no NOT NULL on fields: rules judge that, by the date of the fact, and a record a
-- rule let through must be storable.
set local role dantin_owner;

create table dantin.code (
    id uuid primary key,
    version uuid not null,
    since bigint not null,
    list text,
    code text,
    name text,
    name_en text,
    valid_from date,
    valid_to date
);

create table dantin.code_version (
    id uuid not null,
    version uuid not null,
    since bigint not null,
    until bigint,
    removed boolean not null,
    list text,
    code text,
    name text,
    name_en text,
    valid_from date,
    valid_to date,
    primary key (id, since)
) with (fillfactor = 90);

create type dantin.code_row as (
    id uuid,
    version uuid,
    since bigint,
    until bigint,
    removed boolean,
    list text,
    code text,
    name text,
    name_en text,
    valid_from date,
    valid_to date
);

grant select, insert, update, delete on dantin.code to dantin_ingest;
grant select, insert, update (until) on dantin.code_version to dantin_ingest;
