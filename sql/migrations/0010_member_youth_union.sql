-- Admissions are counted by membership of the Youth Union (directive, 3.1).
set local role dantin_owner;
call dantin.add_column('member', 'was_youth_union_member', 'boolean', 'admission_date');
