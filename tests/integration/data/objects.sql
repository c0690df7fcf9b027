-- Everything the database holds beside PostgreSQL's own, one line each, in words that a reader of a change can judge:
-- tests/integration/test_schema_objects.c compares them with objects.txt. Rows: line.
with mine as (
    select oid, nspname from pg_namespace where nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)'
), acl (kind, oid, part, privileges) as (
    -- Who may do what, grantees by name; of the owner, who may do everything, nothing is said.
    select a.kind, a.oid, a.part, string_agg(a.grantee || '=' || a.privileges, ' ' order by a.grantee collate "C")
    from (select o.kind, o.oid, o.part, coalesce(g.rolname, 'public') as grantee,
                 string_agg(lower(x.privilege_type) || case when x.is_grantable then '*' else '' end, ','
                            order by x.privilege_type collate "C") as privileges
          from (select 'relation' as kind, oid, 0 as part, relowner as owner, relacl as acl from pg_class
                union all
                select 'column', attrelid, attnum, relowner, attacl from pg_attribute join pg_class c on c.oid = attrelid
                union all
                select 'function', oid, 0, proowner, coalesce(proacl, acldefault('f', proowner)) from pg_proc
                union all
                select 'schema', oid, 0, nspowner, nspacl from pg_namespace
                union all
                select 'database', oid, 0, datdba, coalesce(datacl, acldefault('d', datdba)) from pg_database
                union all
                select 'default', oid, 0, defaclrole, defaclacl from pg_default_acl) o
          cross join lateral aclexplode(o.acl) x
          left join pg_roles g on g.oid = x.grantee
          where x.grantee <> o.owner
          group by o.kind, o.oid, o.part, coalesce(g.rolname, 'public')) a
    group by a.kind, a.oid, a.part
), columns (oid, text) as (
    select attrelid, string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
                                || case when attnotnull then ' not null' else '' end, ', ' order by attnum)
    from pg_attribute
    where attnum > 0 and not attisdropped
    group by attrelid
), line (text) as (
    select 'role ' || rolname || case when rolsuper then ' superuser' else '' end || case when rolcanlogin then ' login' else '' end
           || case when rolcreaterole then ' createrole' else '' end || case when rolcreatedb then ' createdb' else '' end
           || case when rolbypassrls then ' bypassrls' else '' end || case when rolreplication then ' replication' else '' end
           || coalesce(' settings ' || array_to_string(rolconfig, ','), '')
    from pg_roles
    where rolname !~ '^pg_'
    union all
    select format('membership %s of %s', m.rolname, r.rolname)
    from pg_auth_members a
    join pg_roles m on m.oid = a.member
    join pg_roles r on r.oid = a.roleid
    where m.rolname !~ '^pg_'
    union all
    select 'database: ' || coalesce(a.privileges, 'the owner alone')
    from pg_database d
    left join acl a on a.kind = 'database' and a.oid = d.oid
    where d.datname = current_database()
    union all
    select format('schema %s of %s: %s', n.nspname, pg_get_userbyid(n.nspowner), coalesce(a.privileges, 'the owner alone'))
    from mine
    join pg_namespace n on n.oid = mine.oid
    left join acl a on a.kind = 'schema' and a.oid = n.oid
    union all
    select format('default privileges of %s: %s', pg_get_userbyid(d.defaclrole), a.privileges)
    from pg_default_acl d
    join acl a on a.kind = 'default' and a.oid = d.oid
    union all
    select format('extension %s', extname) from pg_extension
    union all
    select format('%s %s.%s of %s%s%s: %s%s',
                  case c.relkind when 'r' then 'table' when 'v' then 'view' when 'S' then 'sequence' when 'c' then 'row type'
                                 when 'm' then 'materialized view' when 'f' then 'foreign table' when 'p' then 'partitioned table' end,
                  n.nspname, c.relname, pg_get_userbyid(c.relowner),
                  case when c.relrowsecurity then ' row-security' else '' end
                  || case when c.relforcerowsecurity then ' forced' else '' end
                  || case when 'security_barrier=true' = any(c.reloptions) then ' barrier' else '' end
                  || case when c.relpersistence <> 'p' then ' unlogged' else '' end,
                  case when c.relkind in ('v', 'm') then ' text ' || left(md5(pg_get_viewdef(c.oid)), 12) else '' end,
                  coalesce(a.privileges, 'the owner alone'),
                  coalesce(' (' || columns.text || ')', ''))
    from pg_class c
    join mine n on n.oid = c.relnamespace
    left join acl a on a.kind = 'relation' and a.oid = c.oid
    left join columns on columns.oid = c.oid and c.relkind <> 'S'
    where c.relkind in ('r', 'v', 'S', 'c', 'm', 'f', 'p')
    union all
    select format('column %s.%s.%s: %s', n.nspname, c.relname, t.attname, a.privileges)
    from pg_class c
    join mine n on n.oid = c.relnamespace
    join pg_attribute t on t.attrelid = c.oid
    join acl a on a.kind = 'column' and a.oid = c.oid and a.part = t.attnum
    union all
    select format('policy %s on %s.%s for %s to %s%s%s%s', p.policyname, p.schemaname, p.tablename, lower(p.cmd),
                  array_to_string(p.roles, ','), case when p.permissive = 'PERMISSIVE' then '' else ' restrictive' end,
                  coalesce(' using ' || regexp_replace(p.qual, '\s+', ' ', 'g'), ''),
                  coalesce(' check ' || regexp_replace(p.with_check, '\s+', ' ', 'g'), ''))
    from pg_policies p
    join mine on mine.nspname = p.schemaname
    union all
    select format('%s %s.%s(%s)%s of %s %s%s%s text %s: %s', case p.prokind when 'p' then 'procedure' else 'function' end, n.nspname, p.proname,
                  pg_get_function_identity_arguments(p.oid), coalesce(' returns ' || pg_get_function_result(p.oid), ''),
                  pg_get_userbyid(p.proowner),
                  case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
                  case when p.prosecdef then ' security-definer' else '' end,
                  coalesce(' ' || array_to_string(p.proconfig, ' '), ''), left(md5(p.prosrc), 12),
                  coalesce(a.privileges, 'the owner alone'))
    from pg_proc p
    join mine n on n.oid = p.pronamespace
    left join acl a on a.kind = 'function' and a.oid = p.oid
    union all
    select format('type %s.%s of %s', n.nspname, t.typname, pg_get_userbyid(t.typowner))
    from pg_type t
    join mine n on n.oid = t.typnamespace
    where t.typtype in ('d', 'e', 'r', 'm')
    union all
    select format('trigger %s on %s.%s: %s', t.tgname, n.nspname, c.relname, pg_get_triggerdef(t.oid))
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join mine n on n.oid = c.relnamespace
    where not t.tgisinternal
    union all
    select format('rule %s on %s.%s', r.rulename, r.schemaname, r.tablename)
    from pg_rules r
    join mine on mine.nspname = r.schemaname
    union all
    select format('event trigger %s', evtname) from pg_event_trigger
    union all
    select format('publication %s', pubname) from pg_publication
    union all
    select format('foreign server %s', srvname) from pg_foreign_server
    union all
    select format('large object %s', oid) from pg_largeobject_metadata
)
select text from line order by text collate "C"
