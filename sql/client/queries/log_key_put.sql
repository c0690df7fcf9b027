-- Parameters: 1 public key.
INSERT INTO log_key (public_key) VALUES (?1) ON CONFLICT (public_key) DO NOTHING;
