-- Parameters: 1 device or empty, 2 name, 3 value.
INSERT INTO setting (device, name, value) VALUES (?1, ?2, ?3)
ON CONFLICT (device, name) DO UPDATE SET value = excluded.value;
