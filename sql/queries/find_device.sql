-- find_device: a device by its present key, and the head beside it.
-- $1 bytea: SHA-256 of the key (SPKI, DER). Rows: none, or one: epoch, position, server_time_ms, is_rolled_back,
-- is_refilling, id, sender, is_province, role, public_key, last_sequence, last_envelope_hash, is_quarantined, is_revoked.
select h.epoch, h.position, h.server_time_ms, h.is_rolled_back, h.is_refilling, d.id, d.sender, d.is_province, d.role,
       d.public_key, d.last_sequence, d.last_envelope_hash, d.is_quarantined, d.is_revoked
from dantin.device d
cross join dantin.journal_head h
where d.spki_hash = $1
