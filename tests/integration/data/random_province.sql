-- A province at random for tests/integration/test_indicators.c: 4 senders, 8 grassroots committees, 40 cells, 1,500 members with up to
-- three cells one after the other. Run by a superuser; the caller has called setseed.
create or replace function pg_temp.u(n integer) returns uuid language sql as
    $$ select lpad(to_hex(n), 32, '0')::uuid $$;

insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)
select b, b, b, pg_temp.u(1), 'administrator', true from decode(lpad('1', 64, '0'), 'hex') b;
update dantin.device set may_see_exact = is_province;
insert into dantin.journal
select p, h.epoch, d.id, p + 1, 1, '', '', '', 1656600000000 + p, decode(lpad(to_hex(p + 100), 64, '0'), 'hex'), 1, false, '',
       decode(lpad(to_hex(p + 200), 64, '0'), 'hex'), ''
from dantin.journal_head h, dantin.device d, generate_series(0, 1) p;
update dantin.journal_head set position = 1, server_time_ms = 1656600000000;

insert into dantin.locality_version (id, version, since, removed, code_list, code, name, kind, parent_locality)
select pg_temp.u(1000 + n), pg_temp.u(1000 + n), 0, false, 'x', n::text, 'Nơi ' || n,
       case when n = 1 then 'province' when n <= 5 then 'district' when n <= 13 then 'commune' else 'hamlet' end,
       case when n = 1 then null when n <= 5 then pg_temp.u(1001) when n <= 13 then pg_temp.u(1002 + n % 4)
            else pg_temp.u(1006 + n % 8) end
from generate_series(1, 45) n;
insert into dantin.locality_population_version (id, since, element, population_as_of, population_people)
select pg_temp.u(1000 + n), 0, 0, '2015-01-01', 1000 * n from generate_series(1, 5) n;

insert into dantin.branch_version (id, version, since, removed, code, name, kind, unit_type, is_sender, parent_branch, locality_locality)
select pg_temp.u(n), pg_temp.u(n), 0, false, n::text, 'Tổ chức ' || n,
       case when n = 1 then 'province' when n <= 5 then 'direct' when n <= 13 then 'grassroots_committee' else 'cell' end,
       (array['commune', 'agency', 'private', 'commune_military'])[1 + floor(random() * 4)], n between 2 and 5,
       case when n = 1 then null when n <= 5 then pg_temp.u(1) when n <= 13 then pg_temp.u(2 + n % 4) else pg_temp.u(6 + n % 8) end,
       pg_temp.u(1000 + n - case when n > 30 then 20 else 0 end)
from generate_series(1, 53) n;

create temporary table drawn as
select n, admission, case when random() < 0.2 then admission + 30 + floor(random() * 3000)::integer end as ended,
       1 + floor(random() * 3)::integer as cells, 30 + floor(random() * 900)::integer as first, 30 + floor(random() * 900)::integer as second
from (select n, '2014-01-01'::date + floor(random() * 4000)::integer as admission from generate_series(1, 1500) n) m;
create temporary table edge as
select d.n, k, pg_temp.u(14 + floor(random() * 40)::integer) as branch,
       case k when 1 then d.admission when 2 then d.admission + d.first else d.admission + d.first + d.second end as begun,
       case when k = d.cells then case when random() < 0.05 then d.admission + 2500 end
            when k = 1 then d.admission + d.first else d.admission + d.first + d.second end as stopped
from drawn d, generate_series(1, 3) k
where k <= d.cells;
insert into dantin.member_version
    (id, version, since, removed, name, birth_date, sex, ethnicity, religion, admission_date, official_date, ended_date, ended_reason,
     occupation, exempt_from, branch_branch, branch_from, branch_to)
select pg_temp.u(5000 + d.n), pg_temp.u(5000 + d.n), 0, false, 'Người ' || d.n, d.admission - 8000 - floor(random() * 9000)::integer,
       (array['nam', 'nu'])[1 + floor(random() * 2)], (array['01', '19', '30'])[1 + floor(random() * 3)],
       (array['00', '02', '05', null])[1 + floor(random() * 4)], d.admission,
       case when random() < 0.9 then d.admission + 365 end, d.ended,
       case when d.ended is not null then (array['died', 'left', 'expelled', 'struck_off', 'transferred_out'])[1 + floor(random() * 5)] end,
       (array['farmer', 'worker', 'teacher'])[1 + floor(random() * 3)], case when random() < 0.1 then d.admission + 700 end,
       e.branch, e.begun, e.stopped
from drawn d join edge e on e.n = d.n and e.k = d.cells;
-- Fifty went to another committee, which entered them anew some days later.
update dantin.member_version set file_number_blind = convert_to(name, 'UTF8'), branch_to = '2021-01-01'::date + floor(random() * 700)::integer, ended_date = null,
    ended_reason = null
where id in (select pg_temp.u(5000 + n) from drawn where cells = 1 and admission < '2020-06-01' order by n limit 50);
insert into dantin.member_version
    (id, version, since, removed, name, file_number_blind, birth_date, sex, admission_date, official_date, branch_branch, branch_from)
select pg_temp.u(7000 + n::integer), pg_temp.u(7000 + n::integer), 0, false, name, file_number_blind, birth_date, sex, admission_date, official_date,
       pg_temp.u(14 + floor(random() * 40)::integer), branch_to + floor(random() * 60)::integer
from (select row_number() over (order by id) as n, * from dantin.member_version where file_number_blind is not null) m;
insert into dantin.member_event_version (id, since, element, event_type, event_effective_date, event_place)
select id, 0, 9, 'transfer_in', branch_from, 'within_province' from dantin.member_version where id >= pg_temp.u(7000) and id < pg_temp.u(7100);
insert into dantin.member_event_version (id, since, element, event_type, event_effective_date, event_place)
select id, 0, 9, 'transfer_out', branch_to, 'within_province' from dantin.member_version where file_number_blind is not null and id < pg_temp.u(7000);
insert into dantin.member_branch_version (id, since, element, branch_branch, branch_from, branch_to)
select pg_temp.u(5000 + e.n), 0, e.k - 1, e.branch, e.begun, e.stopped from edge e join drawn d on d.n = e.n where e.k < d.cells;
