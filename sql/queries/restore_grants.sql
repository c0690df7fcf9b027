-- restore_grants: who may connect, which is not part of a dump (0001). No parameters, no rows.
do $$
begin
    execute pg_catalog.format('revoke all on database %I from public', pg_catalog.current_database());
    execute pg_catalog.format('grant connect on database %I to dantin_ingest, dantin_read', pg_catalog.current_database());
    if not pg_catalog.pg_has_role(current_user, 'dantin_owner', 'member') then
        execute pg_catalog.format('grant dantin_owner to %I', current_user);
    end if;
    if not pg_catalog.pg_has_role(current_user, 'dantin_keeper', 'member') then
        execute pg_catalog.format('grant dantin_keeper to %I', current_user);
    end if;
end
$$
