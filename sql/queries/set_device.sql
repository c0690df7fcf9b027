-- set_device: whose eyes the rest of the transaction reads with (sql/migrations/0006_scope.sql).
-- $1 text: device id, 64 hex digits. Rows: one.
select set_config('dantin.device', $1, true)
