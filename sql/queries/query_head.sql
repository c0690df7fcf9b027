-- query_head: what an answer is an answer for, read in its own snapshot. $1 uuid: the unit, a branch or a locality. Sees
-- what the device may see. Rows: epoch, position, is the unit visible, is it the device's own sender,
-- may the device see exact figures; none without a device.
select h.epoch, h.position, exists (select from read.branch_version v where v.id = $1::uuid)
                            or exists (select from read.locality_version v where v.id = $1::uuid),
       exists (select from read.device d
               where d.id = decode(coalesce(current_setting('dantin.device', true), ''), 'hex') and d.sender = $1::uuid),
       read.may_see_exact()
from read.journal_head h
