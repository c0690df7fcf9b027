-- Records whose person was forgotten, by a decision that stands in the journal (docs/journal.md#erasure).
set local role dantin_owner;

create table dantin.erasure (
    position bigint not null,                  -- of the act
    index integer not null,
    kind text not null,
    record uuid not null,
    act bytea not null,                        -- SHA-256 of it: what the list beside the database calls it
    is_done boolean not null default false,    -- payloads and tables hold no more than the act says; else it is due
    is_scrubbed boolean not null default false, -- and the tables' files were written anew
    primary key (position, index)
);
create index erasure_due on dantin.erasure (position) where not is_done;
create index erasure_act on dantin.erasure (act);

-- Where the record's changes stand in the journal, applied or not.
create function dantin.erasure_places(kind text, kind_number integer, record uuid) returns setof bigint
language plpgsql stable set search_path = pg_catalog as $$
begin
    return query execute format(
        'select since from dantin.%I where id = $2'
        ' union select position from dantin.refusal where kind = $1 and record = $2'
        ' union select position from dantin.waiting where kind = $1 and record = $2', kind || '_version')
        using kind_number, record;
end
$$;

-- Every row of the record, of all versions and of its lists: to be written anew in the same transaction.
create procedure dantin.erasure_clear(kind text, lists text[], record uuid)
language plpgsql set search_path = pg_catalog as $$
declare
    name text;
begin
    perform set_config('dantin.erasing', 'on', true);
    for name in select kind union all select kind || '_' || list from unnest(lists) list
    loop
        execute format('delete from dantin.%I where id = $1', name) using record;
        execute format('delete from dantin.%I where id = $1', name || '_version') using record;
    end loop;
end
$$;
revoke all on function dantin.erasure_places(text, integer, uuid) from public;
revoke all on procedure dantin.erasure_clear(text, text[], uuid) from public;
