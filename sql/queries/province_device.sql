-- province_device: from here on the session sees what a device of the province sees (sql/migrations/0006_scope.sql). No parameters.
-- Rows: one; null when the province has no device.
select set_config('dantin.device', max(encode(id, 'hex')), false) from dantin.device where is_province
