-- A hand-made province for tests/integration/test_query.c: twelve branches, 17 members, five journal entries.
-- Run by a superuser (row-level security does not bind it) in one go.
--   entry 0: localities, branches · 1: members of A · 2: of B · 3: of C and the province's own · 4: member 102 removed, 104 changed
create or replace function pg_temp.u(n integer) returns uuid language sql as
    $$ select lpad(to_hex(n), 32, '0')::uuid $$;
create or replace function pg_temp.device(n integer) returns bytea language sql as
    $$ select decode(lpad(to_hex(n), 64, '0'), 'hex') $$;

insert into dantin.device (id, spki_hash, public_key, sender, role, is_province) values
    (pg_temp.device(1), pg_temp.device(1), pg_temp.device(1), pg_temp.u(1), 'administrator', true),
    (pg_temp.device(2), pg_temp.device(2), pg_temp.device(2), pg_temp.u(2), 'clerk', false),
    (pg_temp.device(3), pg_temp.device(3), pg_temp.device(3), pg_temp.u(3), 'clerk', false),
    (pg_temp.device(4), pg_temp.device(4), pg_temp.device(4), pg_temp.u(4), 'clerk', false),
    (pg_temp.device(5), pg_temp.device(5), pg_temp.device(5), pg_temp.u(1), 'viewer', true);
update dantin.device set may_see_exact = id = pg_temp.device(5);

insert into dantin.journal
select e.position, h.epoch, pg_temp.device(e.device), e.sequence, 1, '', '', '', 1656600000000 + e.position,
       pg_temp.device(100), 1, false, '', pg_temp.device(100), ''
from dantin.journal_head h,
     (values (0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 2, 2)) as e (position, device, sequence);
update dantin.journal_head set position = 5, server_time_ms = 1656600000004;

-- localities: 21 the province, 22 of A, 23 of B; 24 a commune of 22, of 23 from 2030 on; 25 a hamlet of 24
insert into dantin.locality_version (id, version, since, removed, code_list, code, name, kind, parent_locality, parent_from)
select pg_temp.u(n), pg_temp.u(n), 0, false, 'gso-2022', code, 'Địa phương ' || code, kind, pg_temp.u(parent), parent_from::date
from (values (21, '51', 'tinh', null, null), (22, '522', 'huyen', 21, null), (23, '524', 'huyen', 21, null),
             (24, '21001', 'xa', 23, '2030-01-01'), (25, '2100101', 'thon', 24, null))
    as l (n, code, kind, parent, parent_from);
insert into dantin.locality (id, version, since, code_list, code, name, kind, parent_locality, parent_from)
    select id, version, since, code_list, code, name, kind, parent_locality, parent_from from dantin.locality_version;
insert into dantin.locality_parent_version (id, since, element, parent_locality, parent_to)
values (pg_temp.u(24), 0, 0, pg_temp.u(22), '2030-01-01');
insert into dantin.locality_parent select id, element, parent_locality, parent_from, parent_to from dantin.locality_parent_version;
insert into dantin.locality_population_version (id, since, element, population_as_of, population_people)
select pg_temp.u(n), 0, element, as_of::date, people
from (values (21, 0, '2016-07-01', 1000), (21, 1, '2019-04-01', 1200), (22, 0, '2016-07-01', 1120),
             (23, 0, '2016-07-01', 400), (23, 1, '2021-04-01', 500), (24, 0, '2020-01-01', 100)) as p (n, element, as_of, people);
insert into dantin.locality_population select id, element, population_as_of, population_people
from dantin.locality_population_version;

-- 1 province; 2 A, 3 B, 4 C senders; 5 base organisation under A; 6, 7 cells under 5; 8, 9 cells of B; 10 cell of C;
-- 11 a cell that moved from 5 to B on 2020-01-01; from 2030 on 12 is a sender inside A, with 5 below it.
-- 5 lies in commune 24, and so does 7, which states no locality; 6 and the cell of C in hamlet 25.
insert into dantin.branch_version
    (id, version, since, removed, code_list, code, name, kind, unit_type, is_sender, parent_branch, parent_from, locality_locality)
select pg_temp.u(n), pg_temp.u(n), 0, false, 'tinh-uy-quang-ngai', code, name, kind, unit_type, is_sender,
       pg_temp.u(parent), parent_from::date, pg_temp.u(locality)
from (values
    (1, '51', 'Tỉnh', 'province', null, false, null, null, 21),
    (2, '522', 'A', 'direct', null, true, 1, null, 22),
    (3, '524', 'B', 'direct', null, true, 1, null, 23),
    (4, 'QS', 'C', 'direct', null, true, 1, null, null),
    (5, null, 'A-5', 'grassroots_committee', null, null, 12, '2030-01-01', 24),
    (6, null, 'A-6', 'cell', 'xa', null, 5, null, 25),
    (7, null, 'A-7', 'cell', 'xa', null, 5, null, null),
    (8, null, 'B-8', 'cell', null, null, 3, null, null),
    (9, null, 'B-9', 'cell', null, null, 3, null, null),
    (10, null, 'C-10', 'cell', null, null, 4, null, 25),
    (11, null, 'X-11', 'cell', null, null, 3, '2020-01-01', null),
    (12, 'A-N', 'A-N', 'direct', null, true, 2, '2030-01-01', null))
    as b (n, code, name, kind, unit_type, is_sender, parent, parent_from, locality);
insert into dantin.branch
    (id, version, since, code_list, code, name, kind, unit_type, is_sender, parent_branch, parent_from, locality_locality)
select id, version, since, code_list, code, name, kind, unit_type, is_sender, parent_branch, parent_from, locality_locality
from dantin.branch_version;
insert into dantin.branch_parent_version (id, since, element, parent_branch, parent_to)
values (pg_temp.u(11), 0, 0, pg_temp.u(5), '2020-01-01'), (pg_temp.u(5), 0, 0, pg_temp.u(2), '2030-01-01');
insert into dantin.branch_parent select id, element, parent_branch, parent_from, parent_to from dantin.branch_parent_version;

insert into dantin.member_version
    (id, version, since, until, removed, name, birth_date, sex, admission_date, official_date, ended_date, exempt_from,
     branch_branch, branch_from, branch_to)
select pg_temp.u(n), pg_temp.u(n + 1000 * since), since, until, false, 'Đảng viên ' || n, birth::date, sex, admission::date,
       official::date, ended::date, exempt::date, pg_temp.u(branch), branch_from::date, branch_to::date
from (values
    (101, 1, null, '1970-05-01', 'nam', '2000-01-01', '2001-01-01', null, null, 6, null, null),
    (102, 1, 4,    '1985-01-01', 'nu',  '2010-03-03', '2011-03-03', null, null, 6, null, null),
    (103, 1, null, '1999-12-31', 'nu',  '2022-01-01', null, null, null, 6, null, null),
    (104, 1, 4,    '1960-01-01', 'nam', '1990-01-01', '1991-01-01', null, '2020-01-01', 7, null, null),
    (104, 4, null, '1960-01-01', 'nam', '1990-01-01', '1991-01-01', null, '2020-01-01', 7, null, null),
    (105, 1, null, '1965-01-01', 'nam', '1995-01-01', '1996-01-01', '2021-01-01', null, 7, null, null),
    (106, 1, null, '1990-01-01', 'nu',  '2023-01-01', null, null, null, 7, null, null),
    (107, 1, null, '1980-01-01', 'nam', '2005-01-01', '2006-01-01', null, null, 11, null, null),
    (108, 1, null, '1980-01-01', 'nu',  '2005-01-01', '2006-01-01', null, null, 11, null, null),
    (109, 2, null, '1981-06-30', 'nam', '2008-01-01', '2009-01-01', null, null, 8, '2021-07-01', null),
    (201, 2, null, '1981-07-01', 'nam', '2001-01-01', '2002-01-01', null, null, 8, null, null),
    (202, 2, null, '2000-01-01', 'nu',  '2021-09-01', '2022-09-01', null, null, 8, null, null),
    (203, 2, null, '1975-01-01', 'nu',  '2003-01-01', '2004-01-01', null, null, 9, null, null),
    (204, 2, null, '1975-01-01', 'nam', '2003-01-01', '2004-01-01', '2022-06-30', null, 9, null, null),
    (501, 2, null, '1975-01-01', 'nam', '2003-01-01', '2004-01-01', null, null, 9, null, '2022-01-01'),
    (301, 3, null, '1975-01-01', 'nam', '2000-01-01', '2001-01-01', null, null, 10, null, null),
    (302, 3, null, '1975-01-01', 'nam', '2015-01-01', '2016-01-01', null, null, 10, null, null),
    (401, 3, null, '1955-01-01', 'nam', '1985-01-01', '1986-01-01', null, null, 1, null, null))
    as m (n, since, until, birth, sex, admission, official, ended, exempt, branch, branch_from, branch_to);
-- One card number (by its blind index) at 101 of A, 203 of B and, until entry 4, 102 of A; another one at 301 of C and at 501, who left B.
update dantin.member_version set card_number_blind = '\x11111111' where id in (pg_temp.u(101), pg_temp.u(102), pg_temp.u(203));
update dantin.member_version set card_number_blind = '\x22222222' where id in (pg_temp.u(301), pg_temp.u(501));
-- Of the twelve in force on 30/06/2022 one is 03, five are 02, six 01.
update dantin.member_version set ethnicity = case when id = pg_temp.u(101) then '03'
    when id in (pg_temp.u(103), pg_temp.u(104), pg_temp.u(107), pg_temp.u(108), pg_temp.u(109)) then '02' else '01' end;
insert into dantin.member
    (id, version, since, ethnicity, card_number_blind, name, birth_date, sex, admission_date, official_date, ended_date, exempt_from, branch_branch,
     branch_from, branch_to)
select id, version, since, ethnicity, card_number_blind, name, birth_date, sex, admission_date, official_date, ended_date, exempt_from,
       branch_branch, branch_from, branch_to
from dantin.member_version where until is null;
insert into dantin.member_version (id, version, since, removed) values (pg_temp.u(102), pg_temp.u(4102), 4, true);
insert into dantin.member_branch_version (id, since, element, branch_branch, branch_to)
values (pg_temp.u(109), 2, 0, pg_temp.u(7), '2021-07-01');
insert into dantin.member_branch select id, element, branch_branch, branch_from, branch_to from dantin.member_branch_version;

-- One refusal of A that nothing mended, one conflict that the later version of member 104 mended; one conflict of B still open.
insert into dantin.refusal (version, position, index, code, rule, kind, record) values
    (pg_temp.u(901), 1, 5, 3, 'member.name', 4, pg_temp.u(150)),
    (pg_temp.u(902), 1, 6, 2, '', 4, pg_temp.u(104)),
    (pg_temp.u(903), 2, 7, 2, '', 4, pg_temp.u(203)),
    -- a task of A, of another kind than branches and members, refused at first and mended
    (pg_temp.u(904), 1, 7, 3, 'task.order', 7, pg_temp.u(701));
-- Tally sheets of cells' congresses that wait for a second person: of A one still, and one that was approved in entry 4; of B one.
insert into dantin.waiting (version, position, index, kind, record, device, sender, change_hash, decided_position, decided_index, code, rule) values
    (pg_temp.u(911), 1, 8, 21, pg_temp.u(801), pg_temp.device(2), pg_temp.u(2), pg_temp.device(1), null, null, null, null),
    (pg_temp.u(912), 1, 9, 21, pg_temp.u(802), pg_temp.device(2), pg_temp.u(2), pg_temp.device(1), 4, 0, 0, ''),
    (pg_temp.u(913), 2, 8, 21, pg_temp.u(803), pg_temp.device(3), pg_temp.u(3), pg_temp.device(1), null, null, null, null);
insert into dantin.task_version (id, version, since, removed, branch) values (pg_temp.u(701), pg_temp.u(4701), 4, false, pg_temp.u(6));
