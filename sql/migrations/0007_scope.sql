-- What a session's device may see: everything for the province's devices, else the subtree of its sender, today.
-- The device is set per transaction: set_config('dantin.device', <64 hex digits>, true). Not set: nothing is seen.
--
-- These functions run with the owner's rights and read `device` and `branch`, which have no row-level security: that of
-- `member` asks them and is never asked by them. Both are evaluated once per statement: as (select …) the first becomes
-- an initplan, and the second the hash table of a sub-plan that is not even built when the first says yes.
set local role dantin_owner;

create or replace function dantin.scope_has_device() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    select exists (select from dantin.device
                   where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex'))
$$;

create or replace function dantin.scope_is_province() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    select coalesce((select is_province from dantin.device
                     where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex')), false)
$$;

-- A branch belongs under the parent of its newest edge that has begun, also when that edge has ended (a dissolved branch
-- stays with its last superior). UNION, not UNION ALL: a cycle must end the walk, not hang it.
create or replace function dantin.scope_branches() returns setof uuid
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
            where b.parent_branch = scope.id and (b.parent_from is null or b.parent_from <= today.date)
            union all
            select p.id from dantin.branch_parent p join dantin.branch b on b.id = p.id
            where p.parent_branch = scope.id and (p.parent_from is null or p.parent_from <= today.date)
              and b.parent_from > today.date
              and not exists (select from dantin.branch_parent later
                              where later.id = p.id and later.parent_from <= today.date
                                and later.parent_from > coalesce(p.parent_from, '-infinity'))
        ) child
    )
    select id from scope
$$;

revoke all on function dantin.scope_has_device(), dantin.scope_is_province(), dantin.scope_branches() from public;
grant execute on function dantin.scope_has_device(), dantin.scope_is_province(), dantin.scope_branches()
    to dantin_read, dantin_ingest;

-- Views read with the rights of their owner, so the policy names the owner, and FORCE makes it hold for the owner too.
alter table dantin.member enable row level security, force row level security;
alter table dantin.member_version enable row level security, force row level security;
alter table dantin.member_branch enable row level security, force row level security;
alter table dantin.member_branch_version enable row level security, force row level security;

create policy ingest on dantin.member to dantin_ingest using (true) with check (true);
create policy ingest on dantin.member_version to dantin_ingest using (true) with check (true);
create policy ingest on dantin.member_branch to dantin_ingest using (true) with check (true);
create policy ingest on dantin.member_branch_version to dantin_ingest using (true) with check (true);

create policy scope on dantin.member for select to dantin_owner
    using ((select dantin.scope_is_province()) or branch_branch in (select dantin.scope_branches()));
create policy scope on dantin.member_version for select to dantin_owner
    using ((select dantin.scope_is_province()) or branch_branch in (select dantin.scope_branches()));
-- An earlier cell is seen with the member (the version) it belongs to, whose own policy decides.
create policy scope on dantin.member_branch for select to dantin_owner
    using ((select dantin.scope_is_province()) or id in (select m.id from dantin.member m));
create policy scope on dantin.member_branch_version for select to dantin_owner
    using ((select dantin.scope_is_province())
           or (id, since) in (select v.id, v.since from dantin.member_version v));
