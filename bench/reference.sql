-- What ingest is measured against: the same rows by binary COPY into this fixed reference. 30 columns, a key, two B-trees, a trigram
-- index on the folded name, and a version table with key (id, since) that holds the same columns.
create extension if not exists pg_trgm;
create schema if not exists bench;

create table bench.member (
    id uuid primary key,
    version uuid not null,
    since bigint not null,
    file_number text,
    card_number text,
    name text,
    name_folded text,
    birth_date date,
    sex text,
    ethnicity text,
    religion text,
    admission_decision_date date,
    admission_date date,
    official_decision_date date,
    official_date date,
    ended_date date,
    ended_reason text,
    temporarily_exempt_from date,
    temporarily_exempt_to date,
    exempt_from date,
    exempt_to date,
    occupation text,
    general_education text,
    profession text,
    academic_title text,
    political_theory text,
    branch_branch uuid,
    branch_from date,
    branch_to date,
    sender uuid
);
create index on bench.member (branch_branch);
create index on bench.member (card_number);
create index on bench.member using gin (name_folded gin_trgm_ops);

create table bench.member_version (like bench.member, until bigint, primary key (id, since));

-- The province's members in the columns above. It holds numbers sealed: texts as long as they are, from their blind indexes.
create view bench.source as
select id, version, since, left(encode(file_number_blind, 'hex'), 10) as file_number,
       left(encode(card_number_blind, 'hex'), 8) as card_number, name, lower(name) as name_folded, birth_date, sex, ethnicity, religion,
       admission_decision_date, admission_date, official_decision_date, official_date, ended_date, ended_reason,
       temporarily_exempt_from, temporarily_exempt_to, exempt_from, exempt_to, occupation, general_education, profession,
       academic_title, political_theory, branch_branch, branch_from, branch_to, branch_branch as sender
from dantin.member;
