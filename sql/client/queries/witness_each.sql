-- Rows: device, sender, public key, position.
SELECT device, sender, public_key, position FROM witness ORDER BY device;
