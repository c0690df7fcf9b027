-- Parameters: 1 device.
DELETE FROM witness WHERE device = ?1;
