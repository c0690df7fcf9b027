-- What a session's device may see: everything for the province's devices, else the subtree of its sender, today.
-- The device is set per transaction: set_config('dantin.device', <64 hex digits>, true). Not set: nothing is seen.
--
-- These functions run with the owner's rights and read `device` and `branch`, which have no row-level security: that of
-- other kinds (dantin.restrict) asks them and is never asked by them. They are evaluated once per statement: as
-- (select …) is_province becomes an initplan, and branches the hash table of a sub-plan that is not even built when the
-- first says yes.
set local role dantin_owner;

create function dantin.scope_has_device() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    select exists (select from dantin.device
                   where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex'))
$$;

create function dantin.scope_is_province() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    select coalesce((select is_province from dantin.device
                     where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex')), false)
$$;

-- Whose a branch is: docs/decisions/0007-one-scope.md, as server/ingest/tree.c walks.
--
-- A branch belongs under the parent of its newest edge that has begun, also when that edge has ended (a dissolved branch
-- stays with its last superior); before its first edge, under that one (a branch founded for next month). The newest edge
-- of all stands in `branch`, earlier ones in `branch_parent`. UNION, not UNION ALL: a cycle must end the walk, not hang it.
create function dantin.scope_branches() returns setof uuid
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    with recursive today as (
        select (now() at time zone 'Asia/Ho_Chi_Minh')::date as date
    ), scope (id) as (
        select sender from dantin.device
        where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex')
        union
        select child.id
        from scope
        cross join today
        cross join lateral (
            select b.id from dantin.branch b
            where b.parent_branch = scope.id
              and (coalesce(b.parent_from, '-infinity') <= today.date
                   or not exists (select from dantin.branch_parent earlier where earlier.id = b.id))
            union all
            select p.id from dantin.branch_parent p join dantin.branch b on b.id = p.id
            where p.parent_branch = scope.id and b.parent_from > today.date
              and not exists (
                  select from dantin.branch_parent other
                  where other.id = p.id
                    and case when coalesce(p.parent_from, '-infinity') <= today.date
                             then other.parent_from <= today.date
                                  and other.parent_from > coalesce(p.parent_from, '-infinity')
                             else coalesce(other.parent_from, '-infinity') < p.parent_from end)
        ) child
    )
    select id from scope
$$;

revoke all on function dantin.scope_has_device(), dantin.scope_is_province(), dantin.scope_branches() from public;
grant execute on function dantin.scope_has_device(), dantin.scope_is_province(), dantin.scope_branches()
    to dantin_read, dantin_ingest;
