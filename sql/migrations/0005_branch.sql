-- Kind `branch`: the party tree. Scope is computed from it, so it has no row-level security of its own (that would make
-- the policy ask itself); the views of schema `read` filter it.
set local role dantin_owner;

call dantin.add_kind('branch', $$
    code_list text,
    code text,
    name text,
    kind text,
    unit_type text,
    is_sender boolean,
    established_date date,
    established_decision text,
    established_authority text,
    dissolved_date date,
    dissolved_decision text,
    dissolved_authority text,
    term_from date,
    term_to date,
    committee_seats bigint,
    parent_branch uuid,
    parent_from date,
    parent_to date,
    locality_locality uuid,
    locality_from date,
    locality_to date
$$);
call dantin.add_list('branch', 'parent', $$
    parent_branch uuid,
    parent_from date,
    parent_to date
$$);
call dantin.add_list('branch', 'locality', $$
    locality_locality uuid,
    locality_from date,
    locality_to date
$$);
call dantin.add_list('branch', 'successor', $$
    successor_branch uuid,
    successor_date date,
    successor_type text
$$);
