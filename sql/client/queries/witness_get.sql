-- Parameters: 1 device. Rows: device, sender, public key, position.
SELECT device, sender, public_key, position FROM witness WHERE device = ?1;
