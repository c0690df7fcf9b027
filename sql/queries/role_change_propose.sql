-- role_change_propose: an operator asks for another role of a device; what was asked for before is forgotten.
-- $1 text: device id in hex; $2 text: role; $3 boolean: sees exact figures; null: as it is; $4 text: operator. No rows.
insert into dantin.role_change (device, role, may_see_exact, proposed_by, proposed_at)
select decode($1, 'hex'), $2, $3::boolean, $4, position from dantin.journal_head
on conflict (device) do update set role = excluded.role, may_see_exact = excluded.may_see_exact,
    proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at, asked_at = now()
