-- Kind `member`. Bulk loads go through here, so that an index has to earn its place: the key, the branch (scope and
-- totals), the two numbers a second record must not bear, and the days on which form 1 counts an increase or a decrease.
set local role dantin_owner;

call dantin.add_kind('member', $$
    file_number bytea,
    file_number_blind bytea,
    card_number bytea,
    card_number_blind bytea,
    name text,
    birth_date date,
    sex text,
    ethnicity text,
    religion text,
    admission_decision_date date,
    admission_date date,
    official_decision_date date,
    official_date date,
    ended_date date,
    ended_reason text,
    temporarily_exempt_from date,
    temporarily_exempt_to date,
    exempt_from date,
    exempt_to date,
    occupation text,
    general_education text,
    profession text,
    academic_title text,
    political_theory text,
    branch_branch uuid,
    branch_from date,
    branch_to date
$$);
alter table dantin.member set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
alter table dantin.member_version set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
create index member_card_number on dantin.member (card_number_blind) where card_number_blind is not null;
create index member_file_number on dantin.member (file_number_blind) where file_number_blind is not null;
create index member_admission_date on dantin.member (admission_date);
create index member_ended_date on dantin.member (ended_date) where ended_date is not null;
create index member_branch_from on dantin.member (branch_from) where branch_from is not null;
create index member_branch_to on dantin.member (branch_to) where branch_to is not null;
call dantin.restrict('member', 'branch_branch');
call dantin.add_list('member', 'branch', $$
    branch_branch uuid,
    branch_from date,
    branch_to date
$$);
call dantin.add_list('member', 'event', $$
    event_type text,
    event_effective_date date,
    event_to_date date,
    event_decision_number text,
    event_decision_date date,
    event_authority text,
    event_branch uuid,
    event_place text,
    event_detail text,
    event_number bytea
$$);
