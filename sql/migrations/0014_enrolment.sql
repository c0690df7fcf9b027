-- Who speaks: operators of the province, tickets, keys that asked to be enrolled (docs/decisions/0017-operators-and-tickets.md).
set local role dantin_owner;

create table dantin.ticket (
    number bigint primary key check (number between 0 and 4294967295),
    code_hash bytea not null unique check (octet_length(code_hash) = 32),
    sender uuid not null,
    role text not null,
    is_province boolean not null,
    may_see_exact boolean not null,
    made_by text not null references dantin.operator (name),
    made_at timestamptz not null default now(),
    expires_at timestamptz not null,
    wrong_codes smallint not null default 0    -- five lock it
);

-- A ticket is used up by the first key that comes with its code.
create table dantin.enrolment (
    ticket bigint primary key references dantin.ticket (number),
    public_key bytea not null unique check (octet_length(public_key) = 32),
    asked_at timestamptz not null default now(),
    state text not null default 'pending' check (state in ('pending', 'approved', 'refused')),
    decided_by text references dantin.operator (name),
    decided_at timestamptz
);

-- Another role of a device waits for a second operator; the act that gives it takes it away here.
create table dantin.role_change (
    device bytea primary key references dantin.device (id),
    role text,                                 -- null: as it is
    may_see_exact boolean,                     -- null: as it is
    proposed_by text not null references dantin.operator (name),
    proposed_at bigint not null check (proposed_at >= 0),  -- entries of the journal then
    asked_at timestamptz not null default now(),
    check (role is not null or may_see_exact is not null)
);

alter table dantin.device
    add column certificate_until timestamptz,  -- end of the newest certificate
    add column seen_at timestamptz;            -- when it last said HELLO
grant update (certificate_until, seen_at) on dantin.device to dantin_ingest;

-- A key with a ticket asks: what becomes of it? The one way the server's role touches tickets; it can neither read codes' hashes
-- nor say yes. is_known: it is a key of the server itself. valid_until: end of the certificate that the
-- server gives when the answer is `approved`.
-- Answers: pending, approved, refused; unknown (no such ticket, or a wrong code: the two look alike), locked, expired, used (by
-- another key), known (the key is somebody's already), late (approved, and fetched too late).
create function dantin.enrol(ticket_number bigint, ticket_code_hash bytea, key bytea, key_device bytea, is_known boolean,
                             valid_until timestamptz) returns text
language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
    asked dantin.ticket;
    enrolled dantin.enrolment;
begin
    select * into asked from dantin.ticket where number = ticket_number for update;
    if not found then
        return 'unknown';
    elsif asked.wrong_codes >= 5 then
        return 'locked';
    elsif asked.code_hash <> ticket_code_hash then
        update dantin.ticket set wrong_codes = wrong_codes + 1 where number = ticket_number;
        return 'unknown';
    end if;
    select * into enrolled from dantin.enrolment where ticket = ticket_number;
    if found then
        if enrolled.public_key <> key then
            return 'used';
        elsif enrolled.state <> 'approved' then
            return enrolled.state;
        elsif enrolled.decided_at < now() - interval '7 days' then
            return 'late';
        end if;
        update dantin.device set certificate_until = valid_until
        where id = key_device and not is_revoked;
        return case when found then 'approved' else 'refused' end;
    elsif asked.expires_at < now() then
        return 'expired';
    elsif is_known or exists (select from dantin.device_key where public_key = key)
          or exists (select from dantin.operator where public_key = key)
          or exists (select from dantin.enrolment where public_key = key) then
        return 'known';
    end if;
    insert into dantin.enrolment (ticket, public_key) values (ticket_number, key);
    return 'pending';
end
$$;
revoke all on function dantin.enrol(bigint, bytea, bytea, bytea, boolean, timestamptz) from public;
grant execute on function dantin.enrol(bigint, bytea, bytea, bytea, boolean, timestamptz) to dantin_ingest;
