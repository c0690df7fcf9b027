-- Kind `locality`. Lists: a dated edge's last element lies in the record's own row (columns <list>_<item>), the earlier
-- ones in K_<list>; a plain list lies in K_<list> wholly. `element` is the place in the message's list, from 0; the
-- last edge takes the first place the child rows leave free. K_<list>_version holds the elements of version (id, since).
set local role dantin_owner;

create table dantin.locality (
    id uuid primary key,
    version uuid not null,
    since bigint not null,
    code_list text,
    code text,
    name text,
    kind text,
    valid_from date,
    valid_to date,
    parent_locality uuid,
    parent_from date,
    parent_to date
) with (fillfactor = 90);

create table dantin.locality_version (
    id uuid not null,
    version uuid not null,
    since bigint not null,
    until bigint,
    removed boolean not null,
    code_list text,
    code text,
    name text,
    kind text,
    valid_from date,
    valid_to date,
    parent_locality uuid,
    parent_from date,
    parent_to date,
    primary key (id, since)
) with (fillfactor = 90);

create type dantin.locality_row as (
    id uuid,
    version uuid,
    since bigint,
    until bigint,
    removed boolean,
    code_list text,
    code text,
    name text,
    kind text,
    valid_from date,
    valid_to date,
    parent_locality uuid,
    parent_from date,
    parent_to date
);

create table dantin.locality_parent (
    id uuid not null,
    element integer not null,
    parent_locality uuid,
    parent_from date,
    parent_to date,
    primary key (id, element)
);

create table dantin.locality_parent_version (
    id uuid not null,
    since bigint not null,
    element integer not null,
    parent_locality uuid,
    parent_from date,
    parent_to date,
    primary key (id, since, element)
);

create type dantin.locality_parent_row as (
    id uuid,
    since bigint,
    until bigint,
    element integer,
    parent_locality uuid,
    parent_from date,
    parent_to date
);

create table dantin.locality_population (
    id uuid not null,
    element integer not null,
    population_as_of date,
    population_people bigint,
    population_source text,
    primary key (id, element)
);

create table dantin.locality_population_version (
    id uuid not null,
    since bigint not null,
    element integer not null,
    population_as_of date,
    population_people bigint,
    population_source text,
    primary key (id, since, element)
);

create type dantin.locality_population_row as (
    id uuid,
    since bigint,
    until bigint,
    element integer,
    population_as_of date,
    population_people bigint,
    population_source text
);

grant select, insert, update, delete on dantin.locality, dantin.locality_parent, dantin.locality_population
    to dantin_ingest;
grant select, insert, update (until) on dantin.locality_version to dantin_ingest;
grant select, insert on dantin.locality_parent_version, dantin.locality_population_version to dantin_ingest;
