-- What dantin_read may see: these views and nothing else. Those of members are filtered by row-level security, which is a
-- barrier by itself (as a security barrier such a view would also carry all its columns through every plan: a total of
-- members takes 20 % more); the others are filtered here, by the same functions, and need the barrier.
set local role dantin_owner;

create view read.code with (security_barrier) as
    select id, version, since, list, code, name, name_en, valid_from, valid_to
    from dantin.code
    where (select dantin.scope_has_device());

create view read.code_version with (security_barrier) as
    select id, version, since, until, removed, list, code, name, name_en, valid_from, valid_to
    from dantin.code_version
    where (select dantin.scope_has_device());

create view read.locality with (security_barrier) as
    select id, version, since, code_list, code, name, kind, valid_from, valid_to, parent_locality,
           parent_from, parent_to
    from dantin.locality
    where (select dantin.scope_has_device());

create view read.locality_version with (security_barrier) as
    select id, version, since, until, removed, code_list, code, name, kind, valid_from, valid_to,
           parent_locality, parent_from, parent_to
    from dantin.locality_version
    where (select dantin.scope_has_device());

create view read.locality_parent with (security_barrier) as
    select id, element, parent_locality, parent_from, parent_to
    from dantin.locality_parent
    where (select dantin.scope_has_device());

create view read.locality_parent_version with (security_barrier) as
    select id, since, element, parent_locality, parent_from, parent_to
    from dantin.locality_parent_version
    where (select dantin.scope_has_device());

create view read.locality_population with (security_barrier) as
    select id, element, population_as_of, population_people, population_source
    from dantin.locality_population
    where (select dantin.scope_has_device());

create view read.locality_population_version with (security_barrier) as
    select id, since, element, population_as_of, population_people, population_source
    from dantin.locality_population_version
    where (select dantin.scope_has_device());

create view read.branch with (security_barrier) as
    select id, version, since, code_list, code, name, kind, unit_type, is_sender, established_date,
           established_decision, dissolved_date, dissolved_decision, parent_branch, parent_from, parent_to,
           locality_locality, locality_from, locality_to
    from dantin.branch
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.branch_version with (security_barrier) as
    select id, version, since, until, removed, code_list, code, name, kind, unit_type, is_sender,
           established_date, established_decision, dissolved_date, dissolved_decision, parent_branch,
           parent_from, parent_to, locality_locality, locality_from, locality_to
    from dantin.branch_version
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.branch_parent with (security_barrier) as
    select id, element, parent_branch, parent_from, parent_to
    from dantin.branch_parent
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.branch_parent_version with (security_barrier) as
    select id, since, element, parent_branch, parent_from, parent_to
    from dantin.branch_parent_version
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.branch_locality with (security_barrier) as
    select id, element, locality_locality, locality_from, locality_to
    from dantin.branch_locality
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.branch_locality_version with (security_barrier) as
    select id, since, element, locality_locality, locality_from, locality_to
    from dantin.branch_locality_version
    where (select dantin.scope_is_province()) or id in (select dantin.scope_branches());

create view read.member as
    select id, version, since, file_number, card_number, name, birth_date, sex, ethnicity, religion,
           admission_decision_date, admission_date, official_decision_date, official_date, ended_date,
           ended_reason, temporarily_exempt_from, temporarily_exempt_to, exempt_from, exempt_to, occupation,
           general_education, profession, academic_title, political_theory, branch_branch, branch_from,
           branch_to
    from dantin.member;

create view read.member_version as
    select id, version, since, until, removed, file_number, card_number, name, birth_date, sex, ethnicity,
           religion, admission_decision_date, admission_date, official_decision_date, official_date,
           ended_date, ended_reason, temporarily_exempt_from, temporarily_exempt_to, exempt_from, exempt_to,
           occupation, general_education, profession, academic_title, political_theory, branch_branch,
           branch_from, branch_to
    from dantin.member_version;

create view read.member_branch as
    select id, element, branch_branch, branch_from, branch_to
    from dantin.member_branch;

create view read.member_branch_version as
    select id, since, element, branch_branch, branch_from, branch_to
    from dantin.member_branch_version;

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

grant select on all tables in schema read to dantin_read;
