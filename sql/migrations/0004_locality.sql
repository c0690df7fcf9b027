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
