#include "tests/integration/lib/query_fixture.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "common/base/clock.h"
#include "common/record/date.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/program.h"
#include "server/store/vault_database.h"

enum { FILE_BYTES_MAX = 65536 };

static char folder[64];
struct cluster *query_cluster;
struct store *query_store;
static struct vault *query_vault;
uv_loop_t query_loop;

static char fixture_sql[FILE_BYTES_MAX];

void on_answer(void *context, enum err err, const char *sentence, struct store_answer *answer)
{
    struct reply *reply = context;
    reply->count++;
    reply->err = err;
    reply->answer = answer;
    (void)snprintf(reply->sentence, sizeof reply->sentence, "%s", sentence != NULL ? sentence : "");
}

static void become_unprivileged(void)
{
    if (geteuid() != 0) {
        return;
    }
    const struct passwd *entry = getpwnam("dantin");
    entry = entry != NULL ? entry : getpwnam("postgres");
    assert_non_null(entry);
    assert_int_equal(chown(folder, entry->pw_uid, entry->pw_gid), 0);
    assert_int_equal(setgroups(0, NULL), 0);
    assert_int_equal(setgid(entry->pw_gid), 0);
    assert_int_equal(setuid(entry->pw_uid), 0);
}

/* Read while still root: the checkout may lie where only root can read. */
static void read_fixture(void)
{
    char path[1024];
    const char *source = getenv("DANTIN_SOURCE_DIR");
    (void)snprintf(path, sizeof path, "%s/tests/integration/data/query_fixture.sql",
                   source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(fixture_sql, 1, sizeof fixture_sql - 1, file);
    assert_int_equal(fclose(file), 0);
    fixture_sql[len] = 0;
}

static void load_fixture(const char *conninfo)
{
    struct error error = {0};
    struct pg_conn *connection = NULL;
    assert_int_equal(database_open(conninfo, LANGUAGE_EN, &connection, &error), ERR_OK);
    if (database_run_script(connection, fixture_sql, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    PQfinish(connection);
}

static void open_vault(const char *conninfo)
{
    char path[128];
    struct error error = {0};
    struct pg_conn *connection = NULL;
    (void)snprintf(path, sizeof path, "%s/master.key", folder);
    assert_int_equal(database_open(conninfo, LANGUAGE_EN, &connection, &error), ERR_OK);
    assert_int_equal(vault_prepare(connection, path, LANGUAGE_EN, &query_vault, &error), ERR_OK);
    PQfinish(connection);
}

int query_fixture_open(void **state)
{
    (void)state;
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    char ingest[CLUSTER_CONNINFO_BYTES_MAX];
    char read[CLUSTER_CONNINFO_BYTES_MAX];
    struct migrate_report report;
    struct error error = {0};
    (void)snprintf(folder, sizeof folder, "/tmp/dantin-query-XXXXXX");
    assert_non_null(mkdtemp(folder));
    read_fixture();
    become_unprivileged();
    struct cluster_config config = {.folder = folder, .language = LANGUAGE_EN};
    if (cluster_open(&config, &query_cluster, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    cluster_conninfo(query_cluster, CLUSTER_ROLE_ADMIN, admin);
    cluster_conninfo(query_cluster, CLUSTER_ROLE_INGEST, ingest);
    cluster_conninfo(query_cluster, CLUSTER_ROLE_READ, read);
    assert_int_equal(migrate_apply(admin, LANGUAGE_EN, &report, &error), ERR_OK);
    load_fixture(admin);
    open_vault(admin);
    assert_int_equal(uv_loop_init(&query_loop), 0);
    struct store_config store_config = {.ingest_conninfo = ingest,
                                        .read_conninfo = read,
                                        .read_connections = 2,
                                        .small_cell_min = 5,
                                        .statement_timeout_ms = 30000,
                                        .vault = query_vault};
    assert_int_equal(store_start(&query_loop, &store_config, &query_store, &error), ERR_OK);
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (!store_is_ready(query_store) && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&query_loop, UV_RUN_ONCE);
    }
    assert_true(store_is_ready(query_store));
    return chdir("/");
}

static void count_stop(void *context)
{
    (*(int *)context)++;
}

int query_fixture_close(void **state)
{
    (void)state;
    int stopped = 0;
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    const char *argv[] = {"/bin/rm", "-rf", "--", folder, NULL};
    store_stop(query_store, count_stop, &stopped);
    (void)uv_run(&query_loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&query_loop), 0);
    cluster_close(query_cluster);
    vault_free(query_vault);
    return program_run(argv, output) == ERR_OK ? 0 : -1;
}

struct store_query store_query_of(const struct question *question)
{
    struct store_query query = {
        .indicator = question->indicator, .language = question->language, .by = question->by};
    query.device.at[HASH_BYTES - 1] = (uint8_t)question->device;
    query.unit.at[ID_BYTES - 1] = (uint8_t)question->unit;
    query.has_position = question->position >= 0;
    query.position = query.has_position ? (uint64_t)question->position : 0;
    while (question->by[query.by_count] != NULL) {
        query.by_count++;
    }
    assert_int_equal(date_parse(bytes_of_text(question->date), &query.date), ERR_OK);
    return query;
}

struct reply ask_query(const struct store_query *query)
{
    struct reply reply = {0};
    uint64_t number = 0;
    store_query_run(query_store, query, &number, on_answer, &reply);
    assert_int_equal(reply.count, 0); /* never before the call has returned */
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (reply.count == 0 && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&query_loop, UV_RUN_ONCE);
    }
    assert_int_equal(reply.count, 1);
    return reply;
}

struct reply ask(const struct question *question)
{
    struct store_query query = store_query_of(question);
    return ask_query(&query);
}

struct reply ask_trace(const struct question *question)
{
    struct store_query query = store_query_of(question);
    query.is_trace = true;
    return ask_query(&query);
}

void table_of_reply(struct reply reply, char out[TABLE_BYTES_MAX])
{
    size_t len = 0;
    if (reply.err != ERR_OK) {
        fail_msg("%s: %s", err_name(reply.err), reply.sentence);
    }
    out[0] = 0;
    for (size_t row = 0; row < reply.answer->row_count; row++) {
        const char *before = "";
        for (size_t column = 0; column < reply.answer->column_count; column++) {
            struct bytes cell = store_answer_cell(reply.answer, row, column);
            if (strcmp(reply.answer->columns[column].type, "id") == 0) {
                continue;
            }
            len += (size_t)snprintf(out + len, TABLE_BYTES_MAX - len, "%s%.*s", before,
                                    cell.at != NULL ? (int)cell.len : 1,
                                    cell.at != NULL ? (const char *)cell.at : "-");
            before = "|";
        }
        len += (size_t)snprintf(out + len, TABLE_BYTES_MAX - len, "\n");
    }
    store_answer_free(reply.answer);
}

void table_of(const struct question *question, char out[TABLE_BYTES_MAX])
{
    table_of_reply(ask(question), out);
}

void expect_trace(struct question question, const char *table)
{
    char found[TABLE_BYTES_MAX];
    table_of_reply(ask_trace(&question), found);
    assert_string_equal(found, table);
}

void expect(struct question question, const char *table)
{
    char found[TABLE_BYTES_MAX];
    table_of(&question, found);
    assert_string_equal(found, table);
}

long sum_of(struct question question)
{
    struct reply reply = ask(&question);
    long sum = 0;
    assert_int_equal(reply.err, ERR_OK);
    for (size_t row = 0; row < reply.answer->row_count; row++) {
        sum += strtol((const char *)store_answer_cell(reply.answer, row, reply.answer->column_count - 1).at,
                      NULL, 10);
    }
    store_answer_free(reply.answer);
    return sum;
}

void expect_refused(struct question question, enum err err)
{
    struct reply reply = ask(&question);
    assert_int_equal(reply.err, err);
    assert_null(reply.answer);
    assert_true(reply.sentence[0] != 0);
}

struct reply ask_pivot(const struct question *question, const char *kind, const struct store_filter *filters,
                       size_t filter_count, const char *sum)
{
    struct store_query query = store_query_of(question);
    query.indicator = STORE_QUERY_PIVOT;
    query.kind = kind;
    query.filters = filters;
    query.filter_count = filter_count;
    query.sum = sum;
    return ask_query(&query);
}

void figures_of(struct reply reply, char out[TABLE_BYTES_MAX])
{
    size_t len = 0;
    if (reply.err != ERR_OK) {
        fail_msg("%s: %s", err_name(reply.err), reply.sentence);
    }
    out[0] = 0;
    for (size_t row = 0; row < reply.answer->row_count; row++) {
        struct bytes cell = store_answer_cell(reply.answer, row, reply.answer->column_count - 1);
        len +=
            (size_t)snprintf(out + len, TABLE_BYTES_MAX - len, "%.*s ", cell.at != NULL ? (int)cell.len : 1,
                             cell.at != NULL ? (const char *)cell.at : "-");
    }
    store_answer_free(reply.answer);
}
