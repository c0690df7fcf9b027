-- find_device: the device that a certificate names, when its key is the device's, and the head beside it. While a refill is open any key
-- will do that the authority certified for it: the change to that key may be among what the device offers again.
-- $1 bytea: device id, null: whose present key it is; $2 bytea: SHA-256 of the key (SPKI, DER). Rows: none, or one: epoch, position, server_time_ms, is_rolled_back,
-- is_refilling, id, sender, is_province, role, public_key, last_sequence, last_envelope_hash, is_quarantined, is_revoked, is it a key that
-- the device has left.
select h.epoch, h.position, h.server_time_ms, h.is_rolled_back, h.is_refilling, d.id, d.sender, d.is_province, d.role,
       d.public_key, d.last_sequence, d.last_envelope_hash, d.is_quarantined, d.is_revoked, d.spki_hash <> $2 and f.is_former
from dantin.device d
cross join dantin.journal_head h
cross join lateral (
    select exists (select from dantin.device_key k where k.device = d.id
                   and pg_catalog.sha256('\x302a300506032b6570032100'::bytea || k.public_key) = $2) as is_former) f
where d.id = coalesce($1, (select o.id from dantin.device o where o.spki_hash = $2)) and (d.spki_hash = $2 or f.is_former or h.is_refilling)
