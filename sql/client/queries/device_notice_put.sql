-- Parameters: 1 envelope hash, 2 device, 3 what, 4 sender, 5 role, 6 position.
INSERT INTO device_notice (entry, device, what, sender, role, position)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (entry, device, what) DO NOTHING;
