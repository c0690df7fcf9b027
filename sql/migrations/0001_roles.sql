-- The roles, the two schemas and the list of applied migrations.
-- Run by a role that may create roles, or with the roles made before by an administrator. Every later file begins with
-- SET LOCAL ROLE dantin_owner, so that the objects belong to a role nobody can log in with; the applier runs each file
-- in a transaction of its own and notes it in dantin.schema_migration before it commits.
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_owner') then
        create role dantin_owner nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_ingest') then
        create role dantin_ingest login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_read') then
        create role dantin_read login;
    end if;
    -- Seals anew what is sealed (0012), without which nobody need see it.
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_keeper') then
        create role dantin_keeper nologin;
    end if;
    if not pg_catalog.pg_has_role(current_user, 'dantin_owner', 'member') then
        execute pg_catalog.format('grant dantin_owner to %I', current_user);
    end if;
    if not pg_catalog.pg_has_role(current_user, 'dantin_keeper', 'member') then
        execute pg_catalog.format('grant dantin_keeper to %I', current_user);
    end if;
    execute pg_catalog.format('revoke all on database %I from public', pg_catalog.current_database());
    execute pg_catalog.format('grant connect on database %I to dantin_ingest, dantin_read',
                              pg_catalog.current_database());
end
$$;

create schema dantin authorization dantin_owner;
create schema read authorization dantin_owner;
set local role dantin_owner;

grant usage on schema dantin to dantin_ingest;
grant usage on schema read to dantin_read;

create table dantin.schema_migration (
    number integer primary key,
    name text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    applied_at timestamptz not null default now()
);
grant select on dantin.schema_migration to dantin_ingest, dantin_read;
