-- role_change_refuse: an operator turned it down. $1 text: device id in hex; $2 bigint: entries of the journal when it was asked
-- for. Rows: one, or none when it was settled already.
delete from dantin.role_change where device = decode($1, 'hex') and proposed_at = $2::bigint
returning proposed_by
