-- roles: the roles of a private cluster, before its database is made (the database belongs to dantin_owner).
-- No parameters, no rows. Harmless when they exist.
do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_owner') then
        create role dantin_owner nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_keeper') then
        create role dantin_keeper nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_ingest') then
        create role dantin_ingest login;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'dantin_read') then
        create role dantin_read login;
    end if;
end
$$
