/* Scope in the database: whose a branch is today, by the table of cases that ingest's tree is held to as well. */
#include <stdio.h>

#include "tests/lib/pg.h"
#include "tests/lib/scope_cases.h"
#include "tests/lib/test.h"

enum { SQL_BYTES_MAX = 4096, DAY_TEXT_BYTES = 64 };

static struct pg *pg;

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

/* What a device's queries see and what its submissions may change must be the same branches. */
static void scope_branches__scope_cases__as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        insert_branch(&scope_cases[i]);
    }

    for (size_t i = 0; i < SCOPE_BRANCHES; i++) {
        for (size_t j = 0; j < SCOPE_BRANCHES; j++) {
            if (!scope_cases[j].is_sender) {
                continue;
            }
            char sql[SQL_BYTES_MAX];
            (void)snprintf(sql, sizeof sql,
                           "select set_config('dantin.device', encode(public.device(%d), 'hex'), true);"
                           " select count(*) from read.branch where id = public.id(%d)",
                           scope_cases[j].branch, scope_cases[i].branch);
            bool is_seen = strcmp(pg_ask_as(pg, "dantin_read", sql), "1") == 0;
            if (is_seen != scope_case_is_within(&scope_cases[i], scope_cases[j].branch)) {
                fail_msg("%s: by sender %d %s", scope_cases[i].what, scope_cases[j].branch,
                         is_seen ? "seen" : "not seen");
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scope_branches__scope_cases__as_the_table_says),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
