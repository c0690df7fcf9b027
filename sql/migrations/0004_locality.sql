-- Kind `locality`.
set local role dantin_owner;

call dantin.add_kind('locality', $$
    code_list text,
    code text,
    name text,
    kind text,
    valid_from date,
    valid_to date,
    parent_locality uuid,
    parent_from date,
    parent_to date
$$);
call dantin.add_list('locality', 'parent', $$
    parent_locality uuid,
    parent_from date,
    parent_to date
$$);
call dantin.add_list('locality', 'population', $$
    population_as_of date,
    population_people bigint,
    population_source text
$$);
call dantin.add_list('locality', 'household', $$
    household_as_of date,
    household_households bigint,
    household_source text
$$);
call dantin.add_list('locality', 'successor', $$
    successor_locality uuid,
    successor_date date,
    successor_type text
$$);
