-- Who looked at what: one row per answer that left the server, written in the transaction that read it.
-- docs/decisions/0018-looks-are-chained-afterwards.md says why it is built so.
set local role dantin_owner;

-- Exact figures on sensitive fields (ethnicity, religion): of the province's devices, by `dantind device sign --exact`.
alter table dantin.device add column may_see_exact boolean not null default false;

-- Append-only: rows are made by read.note_look alone; no role that serves may read, change or remove one. It names nobody:
-- a subject is the pseudonym of a record id under a key that lies outside the database (server/store/look.h).
create table dantin.look (
    id bigint generated always as identity primary key,
    looked_at_ms bigint not null,
    device bytea not null,                     -- empty: the operator, at the server
    sender uuid not null,                      -- zeros: the operator
    role text not null,
    is_province boolean not null,
    what text not null check (what in ('figures', 'exact', 'trace', 'conflict', 'waiting', 'looks', 'export', 'backup')),
    purpose text not null,                     -- as the asker put it; '' when not stated
    definition text not null,
    definition_hash bytea not null,
    dimensions text not null,                  -- names with commas between, then the fields of conditions
    unit uuid,
    from_date date,
    date date,
    position bigint not null,                  -- the one the answer was for
    rows bigint not null,                      -- in the answer
    persons bigint not null,                   -- records about a person that it held
    subjects uuid[],                           -- their pseudonyms and those of other records; null: figures, or too many
    alarm text not null                        -- '' or what was unusual: hour, day, usual
);
create index look_volume on dantin.look (device, looked_at_ms) include (persons) where persons > 0;
create index look_subject on dantin.look using gin (subjects) where subjects is not null;

-- The rows in the order of their ids, each with SHA-256(hash before ‖ row): a row removed, changed or slipped in later is
-- noticed (dantind audit check).
create table dantin.look_chain (
    number bigint primary key check (number > 0),
    look bigint not null unique,
    hash bytea not null check (octet_length(hash) = 32)
);

-- Links that the journal holds too, as acts (dantind audit seal): the chain goes through each.
create table dantin.look_anchor (
    position bigint primary key,               -- of the act
    number bigint not null check (number > 0),
    hash bytea not null check (octet_length(hash) = 32)
);

-- May the session's device see exact figures?
create function read.may_see_exact() returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select coalesce((select d.is_province and d.may_see_exact from dantin.device d
                     where d.id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex')), false)
$$;

-- Note what the session's device is given, and tell what is unusual about it: '' or the first of
--   hour, day  past hour_max, day_max persons in the last hour, the last 24
--   usual      past usual_times its own mean day over the four weeks before, and past a tenth of hour_max
-- each once, at the look that passes it. Figures name nobody: of them a crash of the machine may lose the last half second.
create function read.note_look(what text, purpose text, definition text, definition_hash bytea, dimensions text, unit uuid,
                               from_date date, date date, "position" bigint, rows bigint, persons bigint, subjects uuid[],
                               hour_max bigint, day_max bigint, usual_times bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
    who dantin.device;
    hour bigint := 0;
    day bigint := 0;
    earlier bigint := 0;
    usual bigint;
    alarm text := '';
begin
    select d.* into who from dantin.device d
    where d.id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex');
    if not found then
        raise exception 'nobody looks' using errcode = 'insufficient_privilege';
    end if;
    if $11 > 0 then
        select coalesce(sum(l.persons) filter (where l.looked_at_ms > now_ms - 3600000), 0),
               coalesce(sum(l.persons) filter (where l.looked_at_ms > now_ms - 86400000), 0),
               coalesce(sum(l.persons) filter (where l.looked_at_ms <= now_ms - 86400000), 0)
        into hour, day, earlier
        from dantin.look l
        where l.device = who.id and l.persons > 0 and l.looked_at_ms > now_ms - 29::bigint * 86400000;
        usual := greatest(earlier / 28 * $15, $13 / 10);
        alarm := case when hour <= $13 and hour + $11 > $13 then 'hour'
                      when day <= $14 and day + $11 > $14 then 'day'
                      when day <= usual and day + $11 > usual then 'usual'
                      else '' end;
    elsif $1 = 'figures' then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    insert into dantin.look (looked_at_ms, device, sender, role, is_province, what, purpose, definition, definition_hash,
                             dimensions, unit, from_date, date, position, rows, persons, subjects, alarm)
    select now_ms, who.id, who.sender, who.role, who.is_province, $1, $2, $3, $4, $5, $6, $7, $8,
           coalesce($9, h.position), $10, $11, $12, alarm
    from dantin.journal_head h;
    return alarm;
end
$$;

-- The newest look, none being written any more: whoever writes one holds the table's lock until it is committed, and a
-- number drawn later is higher.
create function dantin.look_newest() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
    lock table dantin.look in share mode;
    return (select coalesce(max(id), 0) from dantin.look);
end
$$;

-- A row as it is hashed: each column's length (u32) and bytes, null as length 2^32 - 1.
create function dantin.look_bytes(l dantin.look) returns bytea
language sql stable set search_path = pg_catalog as $$
    select string_agg(coalesce(int4send(octet_length(part)) || part, '\xffffffff'), '' order by n)
    from unnest(array[int8send(l.id), int8send(l.looked_at_ms), l.device, uuid_send(l.sender), textsend(l.role),
                      boolsend(l.is_province), textsend(l.what), textsend(l.purpose), textsend(l.definition),
                      l.definition_hash, textsend(l.dimensions), uuid_send(l.unit), date_send(l.from_date),
                      date_send(l.date), int8send(l.position), int8send(l.rows), int8send(l.persons),
                      textsend(l.subjects::text), textsend(l.alarm)]) with ordinality p (part, n)
$$;

-- Chain the looks up to the one given (from look_newest), `most` at most. Rows: number and hash of the newest link, and is there more?
create function dantin.look_seal(newest bigint, most integer) returns table (number bigint, hash bytea, has_more boolean)
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    link dantin.look_chain;
    next dantin.look;
    sealed integer := 0;
begin
    lock table dantin.look_chain in share row exclusive mode;
    select c.* into link from dantin.look_chain c order by c.number desc limit 1;
    if not found then
        link := (0, 0, sha256('dantin/look'))::dantin.look_chain;
    end if;
    for next in select l.* from dantin.look l where l.id > link.look and l.id <= newest order by l.id limit most loop
        link := (link.number + 1, next.id, sha256(link.hash || dantin.look_bytes(next)))::dantin.look_chain;
        insert into dantin.look_chain select link.*;
        sealed := sealed + 1;
    end loop;
    return query select link.number, link.hash, sealed = most;
end
$$;

-- Every branch and locality a record has ever had to do with, as far as the session sees: what it refers to, what that refers
-- to, and so on, in any version. Of the audit, which the owner runs: a look at one of these units may have been at the record.
create function dantin.record_units(record uuid) returns setof uuid
language plpgsql stable set search_path = pg_catalog as $$
declare
    known uuid[] := array_remove(array[record], null);
    fresh uuid[] := known;
    found uuid[];
    probe text;
begin
    select string_agg(format('select %I from dantin.%I where id = any ($1)', attname, relname), ' union ')
    into probe
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    where relnamespace = 'dantin'::regnamespace and relkind = 'r' and relname like '%\_version'
      and atttypid = 'uuid'::regtype and attname not in ('id', 'version');
    while cardinality(fresh) > 0 loop
        execute format('select array_agg(distinct u) from (%s) r (u) where u is not null and u <> all ($2)', probe)
            into found using fresh, known;
        fresh := coalesce(found, '{}');
        known := known || fresh;
    end loop;
    return query select unnest(known);
end
$$;

-- Records of these kinds the session's device sees, in any version: kinds that belong to a branch, whose policies the owner is under too.
create function dantin.visible_records(kinds text[]) returns table (kind text, record uuid)
language plpgsql stable set search_path = pg_catalog as $$
begin
    foreach kind in array kinds loop
        return query execute format('select distinct %L::text, id from dantin.%I', kind, kind || '_version');
    end loop;
end
$$;

-- The log is read by the province's auditors and administrators.
create function dantin.scope_may_audit() returns boolean
language sql stable parallel safe security definer set search_path = pg_catalog as $$
    select coalesce((select is_province and role in ('auditor', 'administrator') from dantin.device
                     where id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex')), false)
$$;
create view read.look with (security_barrier) as
    select id, looked_at_ms, device, sender, role, is_province, what, purpose, definition, dimensions, unit, from_date, date, position,
           rows, persons, alarm
    from dantin.look
    where (select dantin.scope_may_audit());
grant select on read.look to dantin_read;

-- Who looked at one record, for a device that sees the record: kinds about persons are under row-level security, the owner's too. Nothing is
-- told of other subjects of a look.
create function read.looks_at(kind text, record uuid, subject uuid)
    returns table (id bigint, looked_at_ms bigint, sender_name text, sender_code text, role text, what text, definition text,
                   purpose text, is_listed boolean)
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    is_seen boolean;
begin
    execute format('select exists (select from dantin.%I where id = $1)', kind || '_version') into is_seen using record;
    if not is_seen then
        return;
    end if;
    return query
        select l.id, l.looked_at_ms, b.name, b.code, l.role, l.what, l.definition, l.purpose, l.subjects is not null
        from dantin.look l
        left join dantin.branch b on b.id = l.sender
        where l.subjects @> array[subject]
           or l.what in ('export', 'backup')
           or (l.subjects is null and l.persons > 0 and l.unit in (select dantin.record_units(record)));
end
$$;

revoke all on function dantin.scope_may_audit(), read.looks_at(text, uuid, uuid) from public;
grant execute on function dantin.scope_may_audit(), read.looks_at(text, uuid, uuid) to dantin_read;
revoke all on function read.may_see_exact(), dantin.record_units(uuid), dantin.visible_records(text[]),
    read.note_look(text, text, text, bytea, text, uuid, date, date, bigint, bigint, bigint, uuid[], bigint, bigint, bigint),
    dantin.look_newest(), dantin.look_bytes(dantin.look), dantin.look_seal(bigint, integer) from public;
grant execute on function read.may_see_exact() to dantin_read;
-- The bodies that a conflict verdict carries are read by ingest, which notes them too: in `read` it may call this, and see nothing.
grant usage on schema read to dantin_ingest;
grant execute on function
    read.note_look(text, text, text, bytea, text, uuid, date, date, bigint, bigint, bigint, uuid[], bigint, bigint, bigint)
    to dantin_read, dantin_ingest;
grant execute on function dantin.look_newest(), dantin.look_seal(bigint, integer) to dantin_ingest;
