-- The records of the whole domain: offices, training, tasks, evaluation, meetings, supervision, dialogue, inspection, cadre,
-- targets, obligations, private units, hamlet elections and congresses. Seen with the branch they belong to; what the
-- province assigns, by whom it is assigned to.
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
call dantin.restrict('office', 'branch');

call dantin.add_kind('training', $$
    branch uuid,
    member uuid,
    course text,
    from_date date,
    completed_date date,
    provider text,
    certificate text
$$);
call dantin.restrict('training', 'branch');

call dantin.add_kind('task', $$
    branch uuid,
    member uuid,
    content text,
    assigned_date date,
    due_date date,
    completed_date date,
    result text
$$);
call dantin.restrict('task', 'branch');

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
call dantin.restrict('evaluation', 'branch');
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
call dantin.restrict('meeting', 'branch');

call dantin.add_kind('supervision', $$
    branch uuid,
    level text,
    member uuid,
    holder_name text,
    from_date date,
    to_date date,
    decision_number text
$$);
call dantin.restrict('supervision', 'branch');
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
call dantin.restrict('dialogue', 'branch');

call dantin.add_kind('inspection', $$
    branch uuid,
    subject uuid,
    type text,
    planned_date date,
    done_date date,
    published_date date,
    conclusion text
$$);
call dantin.restrict('inspection', 'branch');

call dantin.add_kind('competition', $$
    branch uuid,
    type text,
    name text,
    from_date date,
    to_date date,
    participants bigint
$$);
call dantin.restrict('competition', 'branch');

call dantin.add_kind('planning', $$
    branch uuid,
    member uuid,
    position text,
    from_date date,
    to_date date,
    decision_number text,
    decision_date date
$$);
call dantin.restrict('planning', 'branch');

call dantin.add_kind('target', $$
    assigned_to uuid,
    year bigint,
    measure text,
    value bigint,
    decision_number text,
    decision_date date
$$);
call dantin.restrict('target', 'assigned_to');

call dantin.add_kind('obligation', $$
    assigned_to uuid,
    type text,
    title text,
    as_of date,
    due_date date,
    has_counts boolean
$$);
call dantin.restrict('obligation', 'assigned_to');

call dantin.add_kind('fulfilment', $$
    branch uuid,
    obligation uuid,
    as_of date,
    document_number text,
    document_date date
$$);
call dantin.restrict('fulfilment', 'branch');
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
call dantin.restrict('private_unit', 'branch');
create index private_unit_tax_code on dantin.private_unit (tax_code) where tax_code is not null;
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
call dantin.restrict('election', 'branch');
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
call dantin.restrict('tally', 'branch');
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
call dantin.restrict('congress_ballot', 'branch');
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
