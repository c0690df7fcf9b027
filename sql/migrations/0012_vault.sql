-- What is kept sealed: journal payloads, and fields of type bytea (card and file numbers). The keys are wrapped under a
-- master key that is no part of the database (server/store/vault.h).
set local role dantin_owner;

create table dantin.vault (
    singleton boolean primary key default true check (singleton),
    master bytea not null check (octet_length(master) = 16),       -- which master key, by its name
    index_key bytea not null check (octet_length(index_key) = 61), -- of the blind indexes, wrapped
    reseal_below integer                                           -- a rotation under way: older keys are to go
);

-- The newest key of a sender (the highest number) seals what comes; older ones open what they sealed.
create sequence dantin.data_key_number as integer;
create table dantin.data_key (
    number integer primary key check (number > 0),
    sender uuid not null,
    wrapped bytea not null check (octet_length(wrapped) = 61),
    made_at timestamptz not null default now()
);
create index data_key_sender on dantin.data_key (sender, number);

grant select on dantin.vault to dantin_ingest;
grant select, insert on dantin.data_key to dantin_ingest;
grant usage on sequence dantin.data_key_number to dantin_ingest;

-- dantin_keeper alone may change what is sealed, and sees of a record only that (and which one it is).
create procedure dantin.keep_sealed(name text, key text)
language plpgsql set search_path = pg_catalog as $$
declare
    part text;
    columns text;
begin
    foreach part in array array[name, name || '_version'] loop
        select string_agg(quote_ident(attname), ', ' order by attnum) into columns
        from pg_attribute
        where attrelid = format('dantin.%I', part)::regclass and attnum > 0 and not attisdropped
          and atttypid = 'bytea'::regtype and attname not like '%\_blind';
        execute format('grant select (%s%s, %s), update (%s) on dantin.%I to dantin_keeper', key,
                       case when part = name then '' else ', since' end, columns, columns, part);
        execute format('create policy keeper on dantin.%I to dantin_keeper using (true) with check (true)', part);
    end loop;
end
$$;
revoke all on procedure dantin.keep_sealed(text, text) from public;

call dantin.keep_sealed('member', 'id');
call dantin.keep_sealed('member_event', 'id, element');
grant usage on schema dantin to dantin_keeper;
grant select, insert, delete, update (wrapped) on dantin.data_key to dantin_keeper;
grant usage on sequence dantin.data_key_number to dantin_keeper;
grant select, update (master, index_key, reseal_below) on dantin.vault to dantin_keeper;
grant select (position, envelope_hash, payload), update (payload) on dantin.journal to dantin_keeper;
-- The lock that ingest takes, so that neither waits for the other in the middle of its work.
grant select, update (is_refilling) on dantin.journal_head to dantin_keeper;
