-- The records of the whole domain: offices, training, tasks, evaluation, meetings, supervision, dialogue, inspection, cadre,
-- targets, obligations, private units, hamlet elections and congresses.
set local role dantin_owner;

call dantin.add_kind('office', $$
    branch uuid,
    position text,
    locality uuid,
    member uuid,
    holder_name text,
    is_interim boolean,
    from_date date,
    to_date date,
    decision_number text,
    decision_date date,
    authority text
$$);

call dantin.add_kind('training', $$
    branch uuid,
    member uuid,
    course text,
    from_date date,
    completed_date date,
    provider text,
    certificate text
$$);

call dantin.add_kind('task', $$
    branch uuid,
    member uuid,
    content text,
    assigned_date date,
    due_date date,
    completed_date date,
    result text
$$);

call dantin.add_kind('evaluation', $$
    branch uuid,
    year bigint,
    period text,
    class text,
    points bigint,
    decision_number text,
    decision_date date,
    authority text
$$);
call dantin.add_list('evaluation', 'cell', $$
    cell_branch uuid,
    cell_class text,
    cell_members bigint,
    cell_excellent bigint,
    cell_good bigint,
    cell_completed bigint,
    cell_not_completed bigint,
    cell_not_evaluated bigint
$$);

call dantin.add_kind('meeting', $$
    branch uuid,
    date date,
    type text,
    members_due bigint,
    present bigint,
    superior_attended boolean
$$);

call dantin.add_kind('supervision', $$
    branch uuid,
    level text,
    member uuid,
    holder_name text,
    from_date date,
    to_date date,
    decision_number text
$$);
call dantin.add_list('supervision', 'visit', $$
    visit_date date,
    visit_type text
$$);

call dantin.add_kind('dialogue', $$
    branch uuid,
    audience text,
    planned_date date,
    held_date date,
    participants bigint,
    matters_raised bigint,
    matters_settled bigint
$$);

call dantin.add_kind('inspection', $$
    branch uuid,
    subject uuid,
    type text,
    planned_date date,
    done_date date,
    published_date date,
    conclusion text
$$);

call dantin.add_kind('competition', $$
    branch uuid,
    type text,
    name text,
    from_date date,
    to_date date,
    participants bigint
$$);

call dantin.add_kind('planning', $$
    branch uuid,
    member uuid,
    position text,
    from_date date,
    to_date date,
    decision_number text,
    decision_date date
$$);

call dantin.add_kind('target', $$
    assigned_to uuid,
    year bigint,
    measure text,
    value bigint,
    decision_number text,
    decision_date date
$$);

call dantin.add_kind('obligation', $$
    assigned_to uuid,
    type text,
    title text,
    as_of date,
    due_date date,
    has_counts boolean
$$);

call dantin.add_kind('fulfilment', $$
    branch uuid,
    obligation uuid,
    as_of date,
    document_number text,
    document_date date
$$);
call dantin.add_list('fulfilment', 'figure', $$
    figure_measure text,
    figure_count bigint
$$);

call dantin.add_kind('private_unit', $$
    branch uuid,
    name text,
    tax_code text,
    type text,
    locality uuid,
    established_date date,
    closed_date date,
    organisation uuid,
    organisation_from date
$$);
call dantin.add_list('private_unit', 'headcount', $$
    headcount_as_of date,
    headcount_workers bigint,
    headcount_members bigint,
    headcount_worker_members bigint
$$);

call dantin.add_kind('election', $$
    branch uuid,
    locality uuid,
    is_pilot boolean,
    term_from date,
    term_to date
$$);
call dantin.add_list('election', 'stage', $$
    stage_type text,
    stage_date date,
    stage_round bigint,
    stage_outcome text,
    stage_decision_number text,
    stage_authority text
$$);
call dantin.add_list('election', 'candidate', $$
    candidate_name text,
    candidate_member uuid,
    candidate_birth_date date,
    candidate_sex text,
    candidate_is_minority boolean,
    candidate_is_incumbent boolean,
    candidate_origin text
$$);
call dantin.add_list('election', 'official', $$
    official_name text,
    official_role text
$$);

call dantin.add_kind('tally', $$
    branch uuid,
    locality uuid,
    election uuid,
    date date,
    round bigint,
    electorate text,
    mode text,
    method text,
    electors bigint,
    attending bigint,
    absent bigint,
    households_without_representative bigint,
    issued bigint,
    collected bigint,
    valid bigint,
    invalid bigint,
    unreturned_reason text,
    outcome text,
    minutes_number text,
    minutes_date date
$$);
call dantin.add_list('tally', 'candidate', $$
    candidate_name text,
    candidate_votes bigint,
    candidate_against bigint,
    candidate_abstain bigint,
    candidate_is_elected boolean
$$);
call dantin.add_list('tally', 'official', $$
    official_name text,
    official_role text
$$);
call dantin.add_list('tally', 'cluster', $$
    cluster_name text,
    cluster_electors bigint,
    cluster_attending bigint,
    cluster_issued bigint,
    cluster_collected bigint,
    cluster_valid bigint,
    cluster_invalid bigint
$$);
call dantin.add_list('tally', 'cluster_vote', $$
    cluster_vote_cluster bigint,
    cluster_vote_candidate bigint,
    cluster_vote_votes bigint
$$);

call dantin.add_kind('congress_ballot', $$
    branch uuid,
    election uuid,
    date date,
    ballot text,
    round bigint,
    is_tie_break boolean,
    seats bigint,
    official_members bigint,
    elsewhere bigint,
    exempt_absent bigint,
    suspended bigint,
    detained bigint,
    absent_excused bigint,
    present bigint,
    absent bigint,
    issued bigint,
    collected bigint,
    valid bigint,
    invalid bigint,
    invalid_reason text,
    minutes_number text,
    minutes_date date
$$);
call dantin.add_list('congress_ballot', 'candidate', $$
    candidate_name text,
    candidate_member uuid,
    candidate_votes bigint,
    candidate_is_committee_member boolean,
    candidate_is_elected boolean
$$);
call dantin.add_list('congress_ballot', 'official', $$
    official_name text,
    official_role text
$$);

-- Who refers to a record is a probe (0009).
create index on dantin.locality_successor (successor_locality);
create index on dantin.branch_successor (successor_branch);
create index on dantin.member_event (event_branch);
create index on dantin.office (branch);
create index on dantin.office (locality);
create index on dantin.office (member);
create index on dantin.training (branch);
create index on dantin.training (member);
create index on dantin.task (branch);
create index on dantin.task (member);
create index on dantin.evaluation (branch);
create index on dantin.evaluation_cell (cell_branch);
create index on dantin.meeting (branch);
create index on dantin.supervision (branch);
create index on dantin.supervision (member);
create index on dantin.dialogue (branch);
create index on dantin.inspection (branch);
create index on dantin.inspection (subject);
create index on dantin.competition (branch);
create index on dantin.planning (branch);
create index on dantin.planning (member);
create index on dantin.target (assigned_to);
create index on dantin.obligation (assigned_to);
create index on dantin.fulfilment (branch);
create index on dantin.fulfilment (obligation);
create index on dantin.private_unit (branch);
create index on dantin.private_unit (locality);
create index on dantin.private_unit (organisation);
create index on dantin.election (branch);
create index on dantin.election (locality);
create index on dantin.election_candidate (candidate_member);
create index on dantin.tally (branch);
create index on dantin.tally (locality);
create index on dantin.tally (election);
create index on dantin.congress_ballot (branch);
create index on dantin.congress_ballot (election);
create index on dantin.congress_ballot_candidate (candidate_member);

-- Seen with the branch they belong to; what the province assigns, by the branch it is assigned to.
do $$
declare
    kind text;
    list text;
    owner text;
begin
    foreach kind in array array['office', 'training', 'task', 'evaluation', 'meeting', 'supervision', 'dialogue', 'inspection', 'competition', 'planning', 'target', 'obligation', 'fulfilment', 'private_unit', 'election', 'tally', 'congress_ballot'] loop
        owner := case when kind in ('target', 'obligation') then 'assigned_to' else 'branch' end;
        call dantin.show(kind, format('(select dantin.scope_is_province()) or %I in (select dantin.scope_branches())',
                                      owner));
        for list in select relname from pg_class
                    where relnamespace = 'dantin'::regnamespace and relkind = 'r' and relname like kind || '\_%'
                      and relname not like '%\_version' loop
            call dantin.show(list, format('(select dantin.scope_is_province()) or id in (select k.id from dantin.%I k'
                                          ' where k.%I in (select dantin.scope_branches()))', kind, owner));
        end loop;
    end loop;
end
$$;
call dantin.show('locality_household', '(select dantin.scope_has_device())');
call dantin.show('locality_successor', '(select dantin.scope_has_device())');
call dantin.show('branch_successor', '(select dantin.scope_is_province()) or id in (select dantin.scope_branches())');
alter table dantin.member_event enable row level security, force row level security;
alter table dantin.member_event_version enable row level security, force row level security;
create policy ingest on dantin.member_event to dantin_ingest using (true) with check (true);
create policy ingest on dantin.member_event_version to dantin_ingest using (true) with check (true);
create policy scope on dantin.member_event for select to dantin_owner
    using ((select dantin.scope_is_province()) or id in (select m.id from dantin.member m));
create policy scope on dantin.member_event_version for select to dantin_owner
    using ((select dantin.scope_is_province())
           or (id, since) in (select v.id, v.since from dantin.member_version v));
call dantin.show('member_event', '');
