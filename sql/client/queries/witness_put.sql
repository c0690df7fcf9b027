-- Parameters: 1 device, 2 sender, 3 public key, 4 position. A newer entry goes before an older one.
INSERT INTO witness (device, sender, public_key, position) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (device) DO UPDATE SET sender = excluded.sender, public_key = excluded.public_key, position = excluded.position
WHERE excluded.position > witness.position;
