-- Who refers to a record? Asked before one is removed, while the journal's head is locked, so that it must be a probe.
-- Every column that holds a reference has its index; earlier edges are few, and only a closed edge makes one.
set local role dantin_owner;

create index branch_locality_locality on dantin.branch (locality_locality);
create index branch_locality_earlier on dantin.branch_locality (locality_locality);
create index locality_parent_locality on dantin.locality (parent_locality);
create index locality_parent_earlier on dantin.locality_parent (parent_locality);
create index member_branch_earlier on dantin.member_branch (branch_branch);
