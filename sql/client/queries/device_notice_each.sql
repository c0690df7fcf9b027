-- Of devices that are none of this home's: those that were never connected from here. Parameters: 1 sender, 2 number: newer ones.
-- Rows, oldest first: number, device, what, role, position.
SELECT number, device, what, role, position
FROM device_notice
WHERE sender = ?1 AND number > ?2
  AND device <> ?20
  AND device NOT IN (SELECT setting.device FROM setting WHERE length(setting.device) = 32)
ORDER BY number;
