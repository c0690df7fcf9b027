-- act_role: another role; what was proposed for the device is settled. $1 bytea: device id; $2 text: role; $3 boolean: sees exact
-- figures; null: as it is. No rows.
with settled as (delete from dantin.role_change where device = $1)
update dantin.device set role = coalesce($2, role), may_see_exact = coalesce($3, may_see_exact) where id = $1
