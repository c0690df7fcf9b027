-- What dantin_read may see: views and nothing else. Kinds under row-level security are shown where they are made
-- (dantin.restrict); the others are filtered here, by the same functions.
set local role dantin_owner;

call dantin.show('code', '(select dantin.scope_has_device())');
call dantin.show('locality', '(select dantin.scope_has_device())');
call dantin.show('locality_parent', '(select dantin.scope_has_device())');
call dantin.show('locality_population', '(select dantin.scope_has_device())');
call dantin.show('locality_household', '(select dantin.scope_has_device())');
call dantin.show('locality_successor', '(select dantin.scope_has_device())');
call dantin.show('branch', '(select dantin.scope_is_province()) or id in (select dantin.scope_branches())');
call dantin.show('branch_parent', '(select dantin.scope_is_province()) or id in (select dantin.scope_branches())');
call dantin.show('branch_locality', '(select dantin.scope_is_province()) or id in (select dantin.scope_branches())');
call dantin.show('branch_successor', '(select dantin.scope_is_province()) or id in (select dantin.scope_branches())');

create view read.journal_head with (security_barrier) as
    select epoch, position, server_time_ms, is_rolled_back, is_refilling
    from dantin.journal_head
    where (select dantin.scope_has_device());

create view read.epoch with (security_barrier) as
    select id, opened_position, previous, branched_position
    from dantin.epoch
    where (select dantin.scope_has_device());

-- A sender sees its own devices (and those of senders below it), the province all.
create view read.device with (security_barrier) as
    select id, sender, role, is_province, last_sequence, is_quarantined
    from dantin.device
    where (select dantin.scope_is_province()) or sender in (select dantin.scope_branches());

-- The journal without its content.
create view read.submission with (security_barrier) as
    select j.position, j.epoch, j.device, d.sender, j.sequence, j.server_time_ms, j.change_count, j.is_unreadable
    from dantin.journal j join dantin.device d on d.id = j.device
    where (select dantin.scope_is_province()) or d.sender in (select dantin.scope_branches());

create view read.refusal with (security_barrier) as
    select r.version, r.position, r.index, r.code, r.rule, r.kind, r.record, d.sender
    from dantin.refusal r
    join dantin.journal j on j.position = r.position
    join dantin.device d on d.id = j.device
    where (select dantin.scope_is_province()) or d.sender in (select dantin.scope_branches());

grant select on read.journal_head, read.epoch, read.device, read.submission, read.refusal to dantin_read;
