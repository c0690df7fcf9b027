-- Every row that ingest wrote, one line each, as tests/programs/schedule_on_model.c prints the model's.
with line (text) as (
    select format('entry %s %s %s %s %s %s', position, encode(device, 'hex'), sequence, content, change_count,
                  case when is_unreadable then 'true' else 'false' end)
    from dantin.journal
    union all
    select format('refusal %s %s %s %s %s', replace(version::text, '-', ''), position, index, code, rule)
    from dantin.refusal
    union all
    select format('waiting %s %s %s %s %s %s', replace(version::text, '-', ''), position, index, kind,
                  replace(record::text, '-', ''), encode(change_hash, 'hex'))
           || case when decided_position is null then ''
                   else format(' %s %s %s %s', decided_position, decided_index, code, rule) end
    from dantin.waiting
    union all
    select format('device %s %s %s', encode(id, 'hex'), last_sequence,
                  case when is_quarantined then 'true' else 'false' end)
    from dantin.device
    union all
    select format('version member %s %s %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  until, case when removed then 'true' else 'false' end,
                  case when not removed then
                      format('|%s|%s|%s|%s|%s|%s', name, (select number from public.opened o where o.sealed = card_number), birth_date - date '1970-01-01',
                             replace(branch_branch::text, '-', ''), branch_from - date '1970-01-01',
                             branch_to - date '1970-01-01') end)
    from dantin.member_version
    union all
    select format('current member %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  format('|%s|%s|%s|%s|%s|%s', name, (select number from public.opened o where o.sealed = card_number), birth_date - date '1970-01-01',
                         replace(branch_branch::text, '-', ''), branch_from - date '1970-01-01',
                         branch_to - date '1970-01-01'))
    from dantin.member
    union all
    select format('version branch %s %s %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  until, case when removed then 'true' else 'false' end,
                  case when not removed then
                      format('|%s|%s|%s|%s|%s|%s', name, kind, case is_sender when true then 'true' when false then 'false' end,
                             replace(parent_branch::text, '-', ''), parent_from - date '1970-01-01',
                             parent_to - date '1970-01-01') end)
    from dantin.branch_version
    union all
    select format('current branch %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  format('|%s|%s|%s|%s|%s|%s', name, kind, case is_sender when true then 'true' when false then 'false' end,
                         replace(parent_branch::text, '-', ''), parent_from - date '1970-01-01',
                         parent_to - date '1970-01-01'))
    from dantin.branch
    union all
    select format('edge %s|%s|%s|%s', replace(id::text, '-', ''), replace(parent_branch::text, '-', ''),
                  parent_from - date '1970-01-01', parent_to - date '1970-01-01')
    from dantin.branch_parent
    union all
    select format('version congress_ballot %s %s %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''),
                  since, until, case when removed then 'true' else 'false' end,
                  case when not removed then format('|%s|%s', replace(branch::text, '-', ''), minutes_number) end)
    from dantin.congress_ballot_version
    union all
    select format('current congress_ballot %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  format('|%s|%s', replace(branch::text, '-', ''), minutes_number))
    from dantin.congress_ballot
    union all
    select format('version task %s %s %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  until, case when removed then 'true' else 'false' end,
                  case when not removed then
                      format('|%s|%s|%s|%s', content, replace(branch::text, '-', ''), replace(member::text, '-', ''),
                             assigned_date - date '1970-01-01') end)
    from dantin.task_version
    union all
    select format('current task %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  format('|%s|%s|%s|%s', content, replace(branch::text, '-', ''), replace(member::text, '-', ''),
                         assigned_date - date '1970-01-01'))
    from dantin.task
    union all
    select format('version locality %s %s %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  until, case when removed then 'true' else 'false' end,
                  case when not removed then
                      format('|%s|%s|%s|%s|%s', name, code, replace(parent_locality::text, '-', ''),
                             parent_from - date '1970-01-01', parent_to - date '1970-01-01') end)
    from dantin.locality_version
    union all
    select format('current locality %s %s %s %s', replace(id::text, '-', ''), replace(version::text, '-', ''), since,
                  format('|%s|%s|%s|%s|%s', name, code, replace(parent_locality::text, '-', ''),
                         parent_from - date '1970-01-01', parent_to - date '1970-01-01'))
    from dantin.locality
)
select string_agg(text || E'\n', '' order by text collate "C") from line
