/* What each database role may do and see: the last wall when everything above it is wrong. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/pg.h"
#include "tests/lib/test.h"

static struct pg *pg;

/* A small tree. Letters are the first digits of the ids:
 *   f province ─┬─ d1 district ─┬─ c1 cell
 *               │               └─ c2 cell, moved here from d2 long ago, moves to d3 in a hundred years
 *               ├─ d2 district ─── c3 cell, dissolved
 *               └─ d3 district
 * One member in each cell, and one in the district d2 itself. Device 11 speaks for d1, 22 for d2, ff for
 * the province. */
static const char tree[] =
    "insert into dantin.branch (id, version, since, parent_branch, parent_from, parent_to) values"
    " (id('f'), id('f'), 0, null, null, null),"
    " (id('d1'), id('1'), 0, id('f'), null, null),"
    " (id('d2'), id('1'), 0, id('f'), null, null),"
    " (id('d3'), id('1'), 0, id('f'), null, null),"
    " (id('c1'), id('1'), 0, id('d1'), null, null),"
    " (id('c2'), id('1'), 0, id('d3'), current_date + 36500, null),"
    " (id('c3'), id('1'), 0, id('d2'), '1990-01-01', '2020-01-01');"
    "insert into dantin.branch_parent values (id('c2'), 0, id('d2'), null, '2000-01-01'),"
    " (id('c2'), 1, id('d1'), '2000-01-01', current_date + 36500);"
    "insert into dantin.member (id, version, since, name, branch_branch) values"
    " (id('a1'), id('a1'), 5, 'in c1', id('c1')), (id('a2'), id('a2'), 5, 'in c2', id('c2')),"
    " (id('a3'), id('a3'), 5, 'in c3', id('c3')), (id('a4'), id('a4'), 5, 'in d2', id('d2')),"
    " (id('a5'), id('a5'), 5, 'nowhere', null);"
    "insert into dantin.member_version (id, version, since, until, removed, name, branch_branch)"
    " select id, version, since, null, false, name, branch_branch from dantin.member;"
    "insert into dantin.member_branch select id, 0, id('d3') from dantin.member;"
    "insert into dantin.member_branch_version select id, 5, 0, id('d3') from dantin.member;"
    "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province) values"
    " (hash('1'), hash('1'), hash('1'), id('d1'), 'clerk', false),"
    " (hash('2'), hash('2'), hash('2'), id('d2'), 'clerk', false),"
    " (hash('f'), hash('f'), hash('f'), id('f'), 'clerk', true);"
    "insert into dantin.journal select i, (select epoch from dantin.journal_head), hash(d), 1, 1, '', '', "
    "'', 0, hash(d), 0,"
    " false, '', '', '' from (values (0, '1'), (1, '2')) v (i, d);"
    "insert into dantin.refusal values (id('e1'), 0, 0, 3, '', 4, null), (id('e2'), 1, 0, 3, '', 4, null);"
    "insert into dantin.code (id, version, since) values (id('9'), id('9'), 0);";

static int open_once(void **state)
{
    (void)state;
    pg = pg_start(&(struct pg_options){0});
    (void)pg_ask(pg, "create function public.id(text) returns uuid language sql as"
                     " $$ select rpad($1, 32, '0')::uuid $$;"
                     " create function public.hash(text) returns bytea language sql as"
                     " $$ select decode(repeat($1, 64), 'hex') $$");
    (void)pg_ask(pg, tree);
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    pg_stop(pg);
    return 0;
}

static void assert_forbidden(const char *role, const char *sql)
{
    const char *sqlstate = pg_try(pg, role, sql);
    if (strcmp(sqlstate, "42501") != 0) {
        fail_msg("%s: %s gave %s", role, sql, sqlstate);
    }
}

static void assert_sees(const char *device, const char *query, const char *expected)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "select set_config('dantin.device', repeat('%s', 64), true); %s", device,
                   query);
    assert_string_equal(pg_ask_as(pg, "dantin_read", sql), expected);
}

/* Accepted entries and versions must not be changed unnoticed, by the server's own role least of all. */
static void role_ingest__journal_and_versions__append_only(void **state)
{
    (void)state;
    const char *const forbidden[] = {
        "delete from dantin.journal",
        "update dantin.journal set leaf = ''",
        "truncate dantin.journal",
        "delete from dantin.refusal",
        "update dantin.refusal set code = 0",
        "delete from dantin.member_version",
        "update dantin.member_version set name = 'x'",
        "update dantin.member_version set since = 0",
        "truncate dantin.member_version",
        "delete from dantin.member_branch_version",
        "update dantin.branch_version set removed = true",
        "update dantin.locality_version set name = 'x'",
        "update dantin.code_version set name = 'x'",
        "delete from dantin.device",
        "update dantin.device set role = 'administrator'",
        "update dantin.device set is_province = true",
        "select * from dantin.role_change",
        "update dantin.role_change set role = 'administrator'",
        "insert into dantin.device (id) values ('')",
        "update dantin.journal_head set epoch = gen_random_uuid()",
        "update dantin.journal_head set is_refilling = false",
        "delete from dantin.journal_head",
        "insert into dantin.epoch (id, opened_position) values (gen_random_uuid(), 0)",
        "create table dantin.mine (x int)",
        "drop table dantin.member",
        "alter table dantin.member disable row level security",
        "set role dantin_owner",
        "insert into dantin.schema_migration values (99, 'x', repeat('x', 32)::bytea)",
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        assert_forbidden("dantin_ingest", forbidden[i]);
    }
    assert_string_equal(
        pg_try(pg, "dantin_ingest", "update dantin.member_version set until = null where until = -1"),
        "00000");
    assert_string_equal(pg_ask_as(pg, "dantin_ingest", "select count(*) from dantin.member"), "5");
}

/* Of every table there is, those of tomorrow included: what is accepted, who may speak, what was seen and signed is neither changed nor
 * taken away by the server's own role, and readers see no table at all. Only current rows, which the replay makes anew, are its own. */
static void roles__every_table__kept_from_both(void **state)
{
    (void)state;
    char tables[16384];
    size_t kept = 0;
    (void)snprintf(
        tables, sizeof tables, "%s",
        pg_ask(pg,
               "select string_agg(format('%s %s %s', t.relname, a.attname, case when exists ("
               " select from pg_class v where v.relnamespace = t.relnamespace"
               " and v.relname = t.relname || '_version') then 'current' else 'kept' end), "
               "',' order by t.relname)"
               " from pg_class t cross join lateral (select attname from pg_attribute where attrelid = t.oid"
               " and attnum > 0 and attidentity = '' and not attisdropped order by attnum limit 1) a"
               " where t.relnamespace = 'dantin'::regnamespace and t.relkind = 'r'"));
    for (char *at = strtok(tables, ","); at != NULL; at = strtok(NULL, ",")) {
        char name[64];
        char column[64];
        char which[16];
        char sql[256];
        assert_int_equal(sscanf(at, "%63s %63s %15s", name, column, which), 3);
        (void)snprintf(sql, sizeof sql, "truncate dantin.%s", name);
        assert_forbidden("dantin_ingest", sql);
        assert_forbidden("dantin_read", sql);
        if (strcmp(name, "schema_migration") != 0) {
            (void)snprintf(sql, sizeof sql, "select %s from dantin.%s", column, name);
            assert_forbidden("dantin_read", sql);
        }
        if (strcmp(which, "kept") == 0) {
            (void)snprintf(sql, sizeof sql, "delete from dantin.%s", name);
            assert_forbidden("dantin_ingest", sql);
            (void)snprintf(sql, sizeof sql, "update dantin.%s set %s = %s", name, column, column);
            assert_forbidden("dantin_ingest", sql);
            kept++;
        }
    }
    assert_true(kept >= 60);
}

/* Readers see views only; the tables behind them, the journal's bytes and the keys are out of reach. */
static void role_read__tables__out_of_reach(void **state)
{
    (void)state;
    const char *const forbidden[] = {
        "select * from dantin.member",
        "select * from dantin.member_version",
        "select * from dantin.journal",
        "select * from dantin.device",
        "insert into read.code (id) values (gen_random_uuid())",
        "delete from read.member",
        "update read.member set name = 'x'",
        "select * from dantin.branch",
        "create table read.mine (x int)",
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        assert_forbidden("dantin_read", forbidden[i]);
    }
}

/* A forgotten set_config must show nothing, in every view there is. */
static void role_read__no_device_set__no_row_in_any_view(void **state)
{
    (void)state;
    char views[16384];
    char sql[20480];
    (void)snprintf(
        views, sizeof views, "%s",
        pg_ask(pg, "select string_agg(format('(select count(*) from read.%I)', table_name), ' + ') from"
                   " information_schema.views where table_schema = 'read'"));
    assert_non_null(strstr(views, "read.member_version"));

    (void)snprintf(sql, sizeof sql, "select %s", views);
    assert_string_equal(pg_ask_as(pg, "dantin_read", sql), "0");
    (void)snprintf(sql, sizeof sql, "select set_config('dantin.device', repeat('0', 64), true); select %s",
                   views);
    assert_string_equal(pg_ask_as(pg, "dantin_read", sql), "0");
}

/* The scope: a sender's subtree today, the province everything. Dissolved branches stay with their last
 * superior; a move that has not begun has no effect. */
static void role_read__device_set__its_subtree_only(void **state)
{
    (void)state;
    const char *names = "select coalesce(string_agg(name, ', ' order by name), '') from read.member";
    assert_sees("1", names, "in c1, in c2");
    assert_sees("2", names, "in c3, in d2");
    assert_sees("f", names, "in c1, in c2, in c3, in d2, nowhere");
    const char *versions =
        "select coalesce(string_agg(name, ', ' order by name), '') from read.member_version";
    assert_sees("1", versions, "in c1, in c2");
    assert_sees("f", versions, "in c1, in c2, in c3, in d2, nowhere");
    assert_sees("1", "select count(*) from read.member_branch", "2");
    assert_sees("1", "select count(*) from read.member_branch_version", "2");
    assert_sees("f", "select count(*) from read.member_branch_version", "5");
    assert_sees("1", "select count(*) from read.branch", "3");
    assert_sees("f", "select count(*) from read.branch", "7");
    assert_sees("2", "select count(*) from read.submission", "1");
    assert_sees("2", "select position from read.refusal", "1");
    assert_sees("f", "select count(*) from read.refusal", "2");
    assert_sees("1", "select count(*) from read.device", "1");
    assert_sees("1", "select count(*) from read.code", "1");
    assert_sees("1", "select count(*) from read.journal_head", "1");
}

/* A condition of the asker's own that fails, or tells what it is given, must never run on a row outside the scope:
 * every view is a security barrier, or stands on tables under row-level security, forced. */
static void role_read__condition_that_fails__not_run_outside_scope(void **state)
{
    (void)state;
    assert_string_equal(
        pg_ask(pg, "select coalesce(string_agg(v.relname, ', '), 'none') from pg_class v"
                   " where v.relnamespace = 'read'::regnamespace and v.relkind = 'v'"
                   " and not coalesce('security_barrier=true' = any(v.reloptions), false)"
                   " and exists (select from pg_rewrite w join pg_depend d on d.objid = w.oid join pg_class t"
                   " on t.oid = d.refobjid and t.relkind = 'r'"
                   " where w.ev_class = v.oid and not (t.relrowsecurity and t.relforcerowsecurity))"),
        "none");
    assert_sees("1", "select count(*) from read.member where 1 / (name like 'in c%')::integer = 1", "2");
    assert_sees("1", "select count(*) from read.member_version where 1 / (name like 'in c%')::integer = 1",
                "2");
}

/* Setting a device lasts for the transaction: on a pooled connection the next reader must not inherit it. */
static void role_read__next_transaction__device_forgotten(void **state)
{
    (void)state;
    assert_string_equal(pg_ask_as(pg, "dantin_read",
                                  "begin; select set_config('dantin.device', repeat('f', 64), true);"
                                  " commit; select count(*) from read.member"),
                        "0");
}

/* A cycle in the tree (which the rules forbid) must not hang a reader. */
static void role_read__cycle_in_tree__ends(void **state)
{
    (void)state;
    (void)pg_ask(pg, "update dantin.branch set parent_branch = 'c1000000000000000000000000000000'"
                     " where id = 'd1000000000000000000000000000000'");

    assert_sees("1", "select count(*) from read.branch", "3");

    (void)pg_ask(pg, "update dantin.branch set parent_branch = 'f0000000000000000000000000000000'"
                     " where id = 'd1000000000000000000000000000000'");
}

/* The policy must cost a scan nothing per row: evaluated once as an initplan, or a hash table, never a
 * sub-query per row. */
static void role_read__plan_of_a_scan__policy_evaluated_once(void **state)
{
    (void)state;
    const char *plan = pg_ask_as(pg, "dantin_read",
                                 "select set_config('dantin.device', repeat('1', 64), true);"
                                 " explain (format json, costs off) select count(*) from read.member");
    assert_non_null(strstr(plan, "InitPlan"));
    assert_non_null(strstr(plan, "hashed SubPlan"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role_ingest__journal_and_versions__append_only),
        cmocka_unit_test(roles__every_table__kept_from_both),
        cmocka_unit_test(role_read__tables__out_of_reach),
        cmocka_unit_test(role_read__no_device_set__no_row_in_any_view),
        cmocka_unit_test(role_read__device_set__its_subtree_only),
        cmocka_unit_test(role_read__condition_that_fails__not_run_outside_scope),
        cmocka_unit_test(role_read__next_transaction__device_forgotten),
        cmocka_unit_test(role_read__cycle_in_tree__ends),
        cmocka_unit_test(role_read__plan_of_a_scan__policy_evaluated_once),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
