/* Scope in the database: whose a branch is today, by the table of cases that ingest's tree is held to as well. */
#include <stdio.h>

#include "common/record/schema.h"
#include "tests/lib/pg.h"
#include "tests/lib/scope_cases.h"
#include "tests/lib/test.h"

enum { SQL_BYTES_MAX = 4096, DAY_TEXT_BYTES = 64 };

static struct pg *pg;

static void insert_branch(const struct scope_case *of);

static int open_once(void **state)
{
    (void)state;
    pg = pg_start(&(struct pg_options){0});
    (void)pg_ask(pg, "create function public.id(integer) returns uuid language sql as"
                     " $$ select lpad(to_hex($1), 32, '0')::uuid $$;"
                     " create function public.day(integer) returns date language sql as"
                     " $$ select (now() at time zone 'Asia/Ho_Chi_Minh')::date + $1 $$;"
                     " create function public.device(integer) returns bytea language sql as"
                     " $$ select decode(lpad(to_hex($1), 64, '0'), 'hex') $$");
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        insert_branch(&scope_cases[i]);
    }
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    pg_stop(pg);
    return 0;
}

static void day_text(int day, int unbounded, char ret_text[DAY_TEXT_BYTES])
{
    (void)snprintf(ret_text, DAY_TEXT_BYTES, day == unbounded ? "null" : "public.day(%d)", day);
}

/* As the writer does: the last edge in the branch's own row, earlier ones beside it. */
static void insert_branch(const struct scope_case *of)
{
    char sql[SQL_BYTES_MAX];
    char from[DAY_TEXT_BYTES];
    char to[DAY_TEXT_BYTES];
    size_t count = 0;
    while (count < SCOPE_EDGES_MAX && of->edges[count].parent != 0) {
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        const struct scope_edge *edge = &of->edges[i];
        day_text(edge->from, SCOPE_ALWAYS, from);
        day_text(edge->to, SCOPE_FOR_EVER, to);
        if (i + 1 < count) {
            (void)snprintf(sql, sizeof sql,
                           "insert into dantin.branch_parent values (id(%d), %zu, id(%d), %s, %s)",
                           of->branch, i, edge->parent, from, to);
            (void)pg_ask(pg, sql);
        }
    }
    (void)snprintf(
        sql, sizeof sql,
        "insert into dantin.branch (id, version, since, is_sender, parent_branch, parent_from, parent_to)"
        " values (id(%d), id(%d), 0, %s, nullif(id(%d), id(0)), %s, %s);"
        " insert into dantin.device (id, spki_hash, public_key, sender, role, is_province)"
        " select device(%d), device(%d), device(%d), id(%d), 'clerk', false where %s",
        of->branch, of->branch, of->is_sender ? "true" : "false",
        count == 0 ? 0 : of->edges[count - 1].parent, count == 0 ? "null" : from, count == 0 ? "null" : to,
        of->branch, of->branch, of->branch, of->branch, of->is_sender ? "true" : "false");
    (void)pg_ask(pg, sql);
}

static bool is_seen_by(const struct scope_case *sender, const char *table, const char *condition)
{
    char sql[SQL_BYTES_MAX];
    (void)snprintf(sql, sizeof sql,
                   "select set_config('dantin.device', encode(public.device(%d), 'hex'), true);"
                   " select count(*) from read.%s where %s",
                   sender->branch, table, condition);
    return strcmp(pg_ask_as(pg, "dantin_read", sql), "0") != 0;
}

/* What a device's queries see and what its submissions may change must be the same branches. */
static void scope_branches__scope_cases__as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        for (size_t j = 0; j < SCOPE_BRANCHES; j++) {
            if (!scope_cases[j].is_sender) {
                continue;
            }
            char condition[64];
            (void)snprintf(condition, sizeof condition, "id = public.id(%d)", scope_cases[i].branch);
            bool is_seen = is_seen_by(&scope_cases[j], "branch", condition);
            if (is_seen != scope_case_is_within(&scope_cases[i], scope_cases[j].branch)) {
                fail_msg("%s: by sender %d %s", scope_cases[i].what, scope_cases[j].branch,
                         is_seen ? "seen" : "not seen");
            }
        }
    }
}

/* One record of the kind per branch of the cases, with an element in each list, under the branch's number. */
static void insert_records(const struct kind_schema *schema, const char *owner)
{
    char sql[SQL_BYTES_MAX];
    (void)snprintf(sql, sizeof sql,
                   "insert into dantin.%s (id, version, since, %s) select id(n), id(n), 0, id(n)"
                   " from generate_series(1, %d) n;"
                   " insert into dantin.%s_version (id, version, since, removed, %s)"
                   " select id(n), id(n), 0, false, id(n) from generate_series(1, %d) n",
                   schema->name, owner, SCOPE_BRANCHES, schema->name, owner, SCOPE_BRANCHES);
    (void)pg_ask(pg, sql);
    for (size_t i = 0; i < schema->list_count; i++) {
        (void)snprintf(sql, sizeof sql,
                       "insert into dantin.%s_%s (id, element) select id(n), 0 from generate_series(1, %d) n;"
                       " insert into dantin.%s_%s_version (id, since, element)"
                       " select id(n), 0, 0 from generate_series(1, %d) n",
                       schema->name, schema->lists[i].name, SCOPE_BRANCHES, schema->name,
                       schema->lists[i].name, SCOPE_BRANCHES);
        (void)pg_ask(pg, sql);
    }
}

/* The table and its versions are under row-level security, forced, and each sender's device sees those of the cases'
 * branches that are in its subtree, and no other. */
static void assert_scoped(const char *table)
{
    for (int is_version = 0; is_version < 2; is_version++) {
        char relation[128];
        char sql[SQL_BYTES_MAX];
        (void)snprintf(relation, sizeof relation, "%s%s", table, is_version ? "_version" : "");
        (void)snprintf(
            sql, sizeof sql,
            "select relrowsecurity and relforcerowsecurity from pg_class where oid = 'dantin.%s'::regclass",
            relation);
        if (strcmp(pg_ask(pg, sql), "t") != 0) {
            fail_msg("%s is not under row-level security", relation);
        }
        for (size_t j = 0; j < SCOPE_BRANCHES; j++) {
            char expected[SQL_BYTES_MAX] = "";
            for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
                if (scope_case_is_within(&scope_cases[i], scope_cases[j].branch)) {
                    (void)snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%d",
                                   expected[0] == '\0' ? "" : " ", scope_cases[i].branch);
                }
            }
            if (!scope_cases[j].is_sender) {
                continue;
            }
            (void)snprintf(sql, sizeof sql,
                           "select set_config('dantin.device', encode(public.device(%d), 'hex'), true);"
                           " select string_agg(n::text, ' ' order by n) from generate_series(1, %d) n"
                           " where public.id(n) in (select id from read.%s)",
                           scope_cases[j].branch, SCOPE_BRANCHES, relation);
            const char *seen = pg_ask_as(pg, "dantin_read", sql);
            if (strcmp(seen, expected) != 0) {
                fail_msg("%s, by sender %d: %s, expected %s", relation, scope_cases[j].branch, seen,
                         expected);
            }
        }
    }
}

/* Of every kind that belongs to a branch, and of its lists: a new kind that forgets it would show one sender's records to
 * another. */
static void restrict__every_kind_with_an_owner__as_the_table_says(void **state)
{
    (void)state;
    size_t count = 0;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        char owner[128] = "";
        char table[128];
        if (schema->owner.field >= 0) {
            (void)snprintf(owner, sizeof owner, "%s", schema->fields[schema->owner.field].name);
        } else if (schema->owner.list >= 0 && kind != KIND_BRANCH) { /* scope is computed from branches */
            (void)snprintf(owner, sizeof owner, "%s_branch", schema->lists[schema->owner.list].name);
        } else {
            continue;
        }
        count++;
        insert_records(schema, owner);
        assert_scoped(schema->name);
        for (size_t i = 0; i < schema->list_count; i++) {
            (void)snprintf(table, sizeof table, "%s_%s", schema->name, schema->lists[i].name);
            assert_scoped(table);
        }
    }
    assert_true(count > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_branches__scope_cases__as_the_table_says),
        cmocka_unit_test(restrict__every_kind_with_an_owner__as_the_table_says),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
