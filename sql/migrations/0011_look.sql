-- Exact figures on sensitive fields (ethnicity, religion): who may see them, and who did.
set local role dantin_owner;

-- Of the province's devices, by `dantind device sign --exact`.
alter table dantin.device add column may_see_exact boolean not null default false;

-- One row per question answered with exact figures, written in the transaction that reads them. Append-only: no role may
-- change or remove a row, and rows are made by read.note_look alone. No personal data.
create table dantin.look (
    id bigint generated always as identity primary key,
    looked_at timestamptz not null default now(),
    device bytea not null,
    definition text not null,
    definition_hash bytea not null check (octet_length(definition_hash) = 32),
    dimensions text not null,                  -- names with commas between
    unit uuid not null,
    date date not null,
    position bigint not null                   -- the one the answer was for
);

-- May the session's device see exact figures? Then the question is noted. position null: the head.
create function read.note_look(definition text, definition_hash bytea, dimensions text, unit uuid, date date,
                               "position" bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
    insert into dantin.look (device, definition, definition_hash, dimensions, unit, date, position)
    select d.id, $1, $2, $3, $4, $5, coalesce($6, h.position)
    from dantin.device d
    cross join dantin.journal_head h
    where d.id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex') and d.is_province and d.may_see_exact;
    return found;
end
$$;
revoke all on function read.note_look(text, bytea, text, uuid, date, bigint) from public;
grant execute on function read.note_look(text, bytea, text, uuid, date, bigint) to dantin_read;
