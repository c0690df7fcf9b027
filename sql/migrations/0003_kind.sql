-- How a kind of record lies in the database, once for all kinds. For every kind K:
--   K                the newest version of each record that exists
--   K_version        every version with its positions [since, until); a removal is a version too
--   K_row            the row ingest sends: a version, columns in the order of common/record/kinds/K.def
-- and for every list L of it (`element` is the place in the message's list, from 0):
--   K_L              elements of the newest version; of a dated edge all but the last, which lies in K's own row
--                    (columns L_<item>) and takes the first place the others leave free
--   K_L_version      elements of version (id, since)
--   K_L_row          the row ingest sends
-- The tables have no foreign keys and no NOT NULL on fields: rules judge that, by the date of the fact, and a record a
-- rule let through must be storable. Rows leave room for UPDATE of until and of the current row to stay on their page.
-- Columns of fixed width come first: reading a column means walking over all before it, and past a text none has a
-- fixed place (a total of 55,300 members takes 15 % less). A field that is kept sealed (0012) is of type bytea; where it
-- is unique, its blind index <field>_blind follows it.
set local role dantin_owner;

-- "a type, b type" of a kind's row type, without the columns every kind has; those of fixed width first.
create function dantin.columns_of(row_type regclass) returns text
language sql stable set search_path = pg_catalog as $$
    select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
                      order by attlen < 0, -attlen, attnum)
    from pg_attribute
    where attrelid = row_type and attname not in ('id', 'version', 'since', 'until', 'removed')
$$;

-- A new kind. columns: fields, then the last edges (L_<item>), in the order of K.def.
create procedure dantin.add_kind(kind text, columns text)
language plpgsql set search_path = pg_catalog as $$
declare
    sorted text;
begin
    execute format('create type dantin.%I as (id uuid, version uuid, since bigint, until bigint, removed boolean, %s)',
                   kind || '_row', columns);
    sorted := dantin.columns_of(format('dantin.%I', kind || '_row')::regclass);
    execute format('create table dantin.%I (id uuid primary key, version uuid not null, since bigint not null, %s)'
                   ' with (fillfactor = 90)', kind, sorted);
    execute format('create table dantin.%I (id uuid not null, version uuid not null, since bigint not null,'
                   ' until bigint, removed boolean not null, %s, primary key (id, since)) with (fillfactor = 90)',
                   kind || '_version', sorted);
    execute format('grant select, insert, update, delete on dantin.%I to dantin_ingest', kind);
    execute format('grant select, insert, update (until) on dantin.%I to dantin_ingest', kind || '_version');
    call dantin.index_references(kind);
end
$$;

-- Who refers to a record? Asked before one is removed, while the journal's head is locked, so that it must be a probe:
-- every column that holds a reference has an index. Of an earlier edge too, which are few.
create procedure dantin.index_references(name text)
language plpgsql set search_path = pg_catalog as $$
declare
    reference name;
begin
    for reference in
        select attname from pg_attribute
        where attrelid = format('dantin.%I', name)::regclass and atttypid = 'uuid'::regtype
          and attname not in ('id', 'version') and attnum > 0
        order by attnum
    loop
        execute format('create index on dantin.%I (%I)', name, reference);
    end loop;
end
$$;

-- A kind that belongs to a branch, column `owner`: a device reads the records of its scope (0006) only, and nothing of
-- their other branches. Called before its lists are added, which follow their record. With its views.
create procedure dantin.restrict(kind text, owner text)
language plpgsql set search_path = pg_catalog as $$
declare
    condition text := format('%I in (select dantin.scope_branches())', owner);
begin
    call dantin.restrict_table(kind, condition);
    call dantin.restrict_table(kind || '_version', condition);
    call dantin.show(kind, '');
end
$$;

-- Views read with the rights of their owner, so the policy names the owner, and FORCE makes it hold for the owner too.
create procedure dantin.restrict_table(name text, condition text)
language plpgsql set search_path = pg_catalog as $$
begin
    execute format('alter table dantin.%I enable row level security, force row level security', name);
    execute format('create policy ingest on dantin.%I to dantin_ingest using (true) with check (true)', name);
    execute format('create policy scope on dantin.%I for select to dantin_owner'
                   ' using ((select dantin.scope_is_province()) or %s)', name, condition);
    -- An erasure writes a record's versions anew (0015); the owner, whom nobody logs in as, says that it is doing that.
    execute format('create policy erasing on dantin.%I to dantin_owner'
                   ' using (current_setting(''dantin.erasing'', true) = ''on'')'
                   ' with check (current_setting(''dantin.erasing'', true) = ''on'')', name);
end
$$;

-- A list of a kind. columns: L_<item>, in the order of K.def. Its elements are seen with the record (the version) they
-- belong to, whose own policy decides.
create procedure dantin.add_list(kind text, list text, columns text)
language plpgsql set search_path = pg_catalog as $$
declare
    name text := kind || '_' || list;
begin
    execute format('create type dantin.%I as (id uuid, since bigint, until bigint, element integer, %s)',
                   name || '_row', columns);
    execute format('create table dantin.%I (id uuid not null, element integer not null, %s, primary key (id, element))',
                   name, columns);
    execute format('create table dantin.%I (id uuid not null, since bigint not null, element integer not null, %s,'
                   ' primary key (id, since, element))', name || '_version', columns);
    execute format('grant select, insert, update, delete on dantin.%I to dantin_ingest', name);
    execute format('grant select, insert on dantin.%I to dantin_ingest', name || '_version');
    call dantin.index_references(name);
    if (select relrowsecurity from pg_class where oid = format('dantin.%I', kind)::regclass) then
        call dantin.restrict_table(name, format('id in (select k.id from dantin.%I k)', kind));
        call dantin.restrict_table(name || '_version', format('(id, since) in (select v.id, v.since from dantin.%I v)',
                                                              kind || '_version'));
        call dantin.show(name, '');
    end if;
end
$$;

-- A new field of kind K, or a new item of its list, K_L (column = L_<item>; of a dated edge one of K as well).
-- after: the column before it in K.def; null: it is the first.
create procedure dantin.add_column(name text, column_name text, type text, after text)
language plpgsql set search_path = pg_catalog as $$
declare
    row_type text := format('dantin.%I', name || '_row');
    columns text := '';
    attribute record;
begin
    for attribute in
        select attname, format_type(atttypid, atttypmod) as type,
               attname = coalesce(after, case when name_is_list then 'element' else 'removed' end) as is_before
        from pg_attribute,
             lateral (select exists (select from pg_attribute where attrelid = row_type::regclass
                                     and attname = 'element') as name_is_list) l
        where attrelid = row_type::regclass and not attisdropped
        order by attnum
    loop
        columns := columns || format(', %I %s', attribute.attname, attribute.type)
                   || case when attribute.is_before then format(', %I %s', column_name, type) else '' end;
    end loop;
    execute format('drop type %s', row_type);
    execute format('create type %s as (%s)', row_type, substr(columns, 3));
    execute format('alter table dantin.%I add column %I %s', name, column_name, type);
    execute format('alter table dantin.%I add column %I %s', name || '_version', column_name, type);
    if type = 'uuid' then
        execute format('create index on dantin.%I (%I)', name, column_name);
    end if;
    call dantin.show(name, null);
end
$$;

-- What dantin_read sees of a kind or a list, and of its versions: views of schema `read` with all columns but the sealed
-- ones, and the rows for which `filter` holds; null: as before. Without a filter ('') the tables must be under row-level security, which is
-- a barrier by itself (as a security barrier such a view would carry all its columns through every plan: a total of
-- members takes 20 % more).
create procedure dantin.show(name text, filter text)
language plpgsql set search_path = pg_catalog as $$
declare
    part text;
    kept text;
begin
    foreach part in array array[name, name || '_version'] loop
        kept := coalesce(filter, obj_description(to_regclass(format('read.%I', part)), 'pg_class'), '');
        execute format('create or replace view read.%I%s as select %s from dantin.%I%s', part,
                       case when kept <> '' then ' with (security_barrier)' else '' end,
                       (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                        where attrelid = format('dantin.%I', part)::regclass and attnum > 0 and not attisdropped
                          and (atttypid <> 'bytea'::regtype or attname like '%\_blind')),
                       part, case when kept <> '' then ' where ' || kept else '' end);
        execute format('comment on view read.%I is %L', part, kept);
        execute format('grant select on read.%I to dantin_read', part);
    end loop;
end
$$;

-- Of the migrations, which the owner runs.
revoke all on function dantin.columns_of(regclass) from public;
revoke all on procedure dantin.add_kind(text, text), dantin.add_list(text, text, text),
    dantin.add_column(text, text, text, text), dantin.show(text, text), dantin.index_references(text),
    dantin.restrict(text, text), dantin.restrict_table(text, text) from public;

-- Kind `code`: entries of code lists.
call dantin.add_kind('code', $$
    list text,
    code text,
    name text,
    name_en text,
    valid_from date,
    valid_to date
$$);
