/* Consolidated queries against a hand-made province (data/query_fixture.sql) whose totals were worked out by
 * hand. */
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include <libpq-fe.h>

#include "common/base/clock.h"
#include "common/base/embed.h"
#include "common/record/date.h"
#include "server/store/cluster.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/program.h"
#include "server/store/store.h"

enum { WAIT_MS_MAX = 60000, TABLE_BYTES_MAX = 8192, FILE_BYTES_MAX = 65536 };

enum { DEVICE_PROVINCE = 1, DEVICE_A = 2, DEVICE_B = 3, DEVICE_EXACT = 5, DEVICE_NOBODY = 99 };
enum { UNIT_PROVINCE = 1, UNIT_A = 2, UNIT_B = 3, UNIT_CELL_8 = 8, UNIT_CELL_11 = 11 };
enum {
    UNIT_PROVINCE_LOCALITY = 21,
    UNIT_A_LOCALITY = 22,
    UNIT_B_LOCALITY = 23,
    UNIT_COMMUNE = 24,
    UNIT_HAMLET = 25
};

static char folder[64];
static struct cluster *cluster;
static struct store *store;
static uv_loop_t loop;

/* What came back, once. */
struct reply {
    int count;
    enum err err;
    char sentence[256];
    struct store_answer *answer;
};

static char fixture_sql[FILE_BYTES_MAX];

static void on_answer(void *context, enum err err, const char *sentence, struct store_answer *answer)
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

static int fixture_open(void **state)
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
    if (cluster_open(&config, &cluster, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, admin);
    cluster_conninfo(cluster, CLUSTER_ROLE_INGEST, ingest);
    cluster_conninfo(cluster, CLUSTER_ROLE_READ, read);
    assert_int_equal(migrate_apply(admin, LANGUAGE_EN, &report, &error), ERR_OK);
    load_fixture(admin);
    assert_int_equal(uv_loop_init(&loop), 0);
    struct store_config store_config = {.ingest_conninfo = ingest,
                                        .read_conninfo = read,
                                        .read_connections = 2,
                                        .small_cell_min = 5,
                                        .statement_timeout_ms = 30000};
    assert_int_equal(store_start(&loop, &store_config, &store, &error), ERR_OK);
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (!store_is_ready(store) && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    assert_true(store_is_ready(store));
    return chdir("/");
}

static void count_stop(void *context)
{
    (*(int *)context)++;
}

static int fixture_close(void **state)
{
    (void)state;
    int stopped = 0;
    char output[PROGRAM_OUTPUT_BYTES_MAX];
    const char *argv[] = {"/bin/rm", "-rf", "--", folder, NULL};
    store_stop(store, count_stop, &stopped);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    cluster_close(cluster);
    return program_run(argv, output) == ERR_OK ? 0 : -1;
}

/* A question; `by` is a list of names with NULL at its end. */
struct question {
    const char *indicator;
    int device;
    int unit;
    const char *date;
    int64_t position; /* -1: head */
    const char *by[STORE_QUERY_DIMENSIONS_MAX + 2];
    enum language language;
};

static struct store_query store_query_of(const struct question *question)
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

static struct reply ask_query(const struct store_query *query)
{
    struct reply reply = {0};
    uint64_t number = 0;
    store_query_run(store, query, &number, on_answer, &reply);
    assert_int_equal(reply.count, 0); /* never before the call has returned */
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (reply.count == 0 && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    assert_int_equal(reply.count, 1);
    return reply;
}

static struct reply ask(const struct question *question)
{
    struct store_query query = store_query_of(question);
    return ask_query(&query);
}

static struct reply ask_trace(const struct question *question)
{
    struct store_query query = store_query_of(question);
    query.is_trace = true;
    return ask_query(&query);
}

/* An answer as text: cells with | between, a line per row, "-" for what is not available; id columns left
 * out. Frees it. */
static void table_of_reply(struct reply reply, char out[TABLE_BYTES_MAX])
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

static void table_of(const struct question *question, char out[TABLE_BYTES_MAX])
{
    table_of_reply(ask(question), out);
}

static void expect_trace(struct question question, const char *table)
{
    char found[TABLE_BYTES_MAX];
    table_of_reply(ask_trace(&question), found);
    assert_string_equal(found, table);
}

static void expect(struct question question, const char *table)
{
    char found[TABLE_BYTES_MAX];
    table_of(&question, found);
    assert_string_equal(found, table);
}

/* The sum of the last column. */
static long sum_of(struct question question)
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

static void expect_refused(struct question question, enum err err)
{
    struct reply reply = ask(&question);
    assert_int_equal(reply.err, err);
    assert_null(reply.answer);
    assert_true(reply.sentence[0] != 0);
}

/* The directive's first figure: per sender, with the total equal to the sum, no population no ratio, half up.
 */
static void member_ratio__province_today__by_hand(void **state)
{
    (void)state;
    struct question question = {"member_ratio", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                {NULL},         LANGUAGE_VI};

    expect(question, "Tỉnh|1|1|0|-|-\n"
                     "A|3|2|1|1120|0.27\n"
                     "B|6|5|1|500|1.20\n"
                     "C|2|2|0|-|-\n"
                     "Tổng cộng|12|10|2|1200|1.00\n");
}

/* Another date: a cell back under its old superior, a member back in her old cell, people who left since
 * still in, an older population; 7/1120 = 0.625 exactly becomes 0.63, not the even neighbour. */
static void member_ratio__earlier_date_and_position__by_hand(void **state)
{
    (void)state;
    struct question question = {"member_ratio", DEVICE_PROVINCE, UNIT_PROVINCE, "31/12/2019", 4,
                                {NULL},         LANGUAGE_EN};

    expect(question, "Tỉnh|1|1|0|-|-\n"
                     "A|7|7|0|1120|0.63\n"
                     "B|4|4|0|400|1.00\n"
                     "C|2|2|0|-|-\n"
                     "Total|14|14|0|1200|1.17\n");
    question.position = -1;
    expect(question, "Tỉnh|1|1|0|-|-\n"
                     "A|6|6|0|1120|0.54\n"
                     "B|4|4|0|400|1.00\n"
                     "C|2|2|0|-|-\n"
                     "Total|13|13|0|1200|1.08\n");
}

/* A signed report stays what it was: the state after 4 entries still has the member that entry 4 removed,
 * after 3 entries nobody of C has been submitted, and the same question gives the same bytes. */
static void member_ratio__past_positions__repeatable(void **state)
{
    (void)state;
    struct question question = {"member_ratio", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", 4,
                                {NULL},         LANGUAGE_VI};
    const char *after_four = "Tỉnh|1|1|0|-|-\n"
                             "A|4|3|1|1120|0.36\n"
                             "B|6|5|1|500|1.20\n"
                             "C|2|2|0|-|-\n"
                             "Tổng cộng|13|11|2|1200|1.08\n";

    expect(question, after_four);
    expect(question, after_four);
    question.position = 3;
    expect(question, "A|4|3|1|1120|0.36\n"
                     "B|6|5|1|500|1.20\n"
                     "C|0|0|0|-|-\n"
                     "Tổng cộng|10|8|2|1200|0.83\n");
    question.position = 0; /* before the first entry there is not even the unit */
    expect(question, "");

    question.position = -1;
    char head[TABLE_BYTES_MAX];
    table_of(&question, head);
    question.position = 5;
    expect(question, head); /* the head asked for by its number */
}

/* Below the province: rows are the unit's direct branches; a cell has only itself. */
static void member_ratio__units_below__direct_branches(void **state)
{
    (void)state;
    struct question question = {"member_ratio", DEVICE_B, UNIT_B, "30/06/2022", -1, {NULL}, LANGUAGE_VI};

    expect(question, "B-8|3|2|1|-|-\n"
                     "B-9|1|1|0|-|-\n"
                     "X-11|2|2|0|-|-\n"
                     "Tổng cộng|6|5|1|500|1.20\n");
    question.unit = UNIT_CELL_11;
    expect(question, "X-11|2|2|0|-|-\n"
                     "Tổng cộng|2|2|0|-|-\n");
}

/* A locality's branches are those that lie in it on the date, whoever's they are; one without a locality lies where its
 * superior does. */
static void member_ratio__localities__branches_that_lie_there(void **state)
{
    (void)state;
    struct question question = {"member_ratio", DEVICE_PROVINCE, UNIT_A_LOCALITY, "30/06/2022", -1,
                                {NULL},         LANGUAGE_VI};

    expect(question, "A|3|2|1|1120|0.27\n"
                     "C|2|2|0|-|-\n"
                     "Tổng cộng|5|4|1|1120|0.45\n");
    question.unit = UNIT_COMMUNE; /* no sender lies in it: per topmost branch */
    expect(question, "A-5|3|2|1|100|3.00\n"
                     "C-10|2|2|0|-|-\n"
                     "Tổng cộng|5|4|1|100|5.00\n");
    question.unit = UNIT_HAMLET;
    expect(question, "A-6|2|1|1|-|-\n"
                     "C-10|2|2|0|-|-\n"
                     "Tổng cộng|4|3|1|-|-\n");
    question.unit = UNIT_PROVINCE_LOCALITY; /* the same branches as the province's committee has */
    question.indicator = "composition";
    assert_int_equal(sum_of(question), 12);
    question.unit = UNIT_B_LOCALITY;
    assert_int_equal(sum_of(question), 6);
    question.date =
        "01/01/2030"; /* the commune belongs to B's district now, with 103, 101, 104, 106 and C's cell */
    assert_int_equal(sum_of(question), 12);
    question.unit = UNIT_A_LOCALITY;
    assert_int_equal(sum_of(question), 0);
}

/* Of a locality, too, a device is shown its own records only. */
static void composition__locality_of_many_senders__own_records(void **state)
{
    (void)state;
    struct question question = {"composition", DEVICE_A, UNIT_HAMLET, "30/06/2022", -1, {NULL}, LANGUAGE_VI};

    assert_int_equal(sum_of(question), 2);
    question.unit = UNIT_PROVINCE_LOCALITY;
    assert_int_equal(sum_of(question), 3);
    question.unit = UNIT_B_LOCALITY;
    assert_int_equal(sum_of(question), 0);
    question.unit = UNIT_HAMLET;
    question.position = 4;
    assert_int_equal(sum_of(question), 3);
}

/* Behind a figure stand the records it counts, each with the receipt that brought its version; no names of persons. */
static void composition__trace__records_and_receipts(void **state)
{
    (void)state;
    struct question question = {"composition", DEVICE_PROVINCE, UNIT_CELL_8, "30/06/2022", -1,
                                {NULL},        LANGUAGE_VI};

    expect_trace(question, "member|0000000000000000000000000000006d|B-8|2|B|1|1656600000002\n"
                           "member|000000000000000000000000000000c9|B-8|2|B|1|1656600000002\n"
                           "member|000000000000000000000000000000ca|B-8|2|B|1|1656600000002\n");
    question.unit = UNIT_HAMLET;
    question.position = 4;
    expect_trace(question, "member|00000000000000000000000000000065|A-6|1|A|1|1656600000001\n"
                           "member|00000000000000000000000000000066|A-6|1|A|1|1656600000001\n"
                           "member|00000000000000000000000000000067|A-6|1|A|1|1656600000001\n"
                           "member|0000000000000000000000000000012d|C-10|3|C|1|1656600000003\n"
                           "member|0000000000000000000000000000012e|C-10|3|C|1|1656600000003\n");
    question.device = DEVICE_B;
    expect_trace(question, "");
    question.unit = UNIT_A;
    expect_refused(question, ERR_FORBIDDEN);
}

static struct reply ask_pivot(const struct question *question, const char *kind,
                              const struct store_filter *filters, size_t filter_count, const char *sum)
{
    struct store_query query = store_query_of(question);
    query.indicator = STORE_QUERY_PIVOT;
    query.kind = kind;
    query.filters = filters;
    query.filter_count = filter_count;
    query.sum = sum;
    return ask_query(&query);
}

/* Members by any dimensions under any conditions; the whole is the number of members, the same now and at the head's
 * number. */
static void pivot__members__by_hand(void **state)
{
    (void)state;
    static const char *const official[] = {"official"};
    static const char *const men[] = {"nam"};
    static const char *const day[] = {"2003-01-01"};
    static const struct store_filter filters[] = {
        {"status", "=", official, 1}, {"sex", "!=", men, 1}, {"admission_date", ">=", day, 1}};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022",
                                -1, {"sender"},      LANGUAGE_EN};
    char table[TABLE_BYTES_MAX];
    for (int64_t position = -1; position <= 5; position += 6) {
        question.position = position;
        question.by[0] = "sender";
        table_of_reply(ask_pivot(&question, "member", filters, 1, NULL), table);
        assert_string_equal(table, "A|2\nB|5\nC|2\n-|1\n");
        table_of_reply(ask_pivot(&question, "member", filters, 3, NULL), table);
        assert_string_equal(table, "B|2\n"); /* 108, 203 */
        question.by[0] = "sex";
        table_of_reply(ask_pivot(&question, "member", NULL, 0, NULL), table);
        assert_string_equal(table, "Male|8\nFemale|4\n");
    }
}

/* Every kind that belongs to a branch can be counted by every one of its dimensions, in all ways, whatever it is. */
static void pivot__every_kind_and_dimension__answers(void **state)
{
    (void)state;
    size_t count = 0;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            const struct field_schema *field = &schema->fields[i];
            const char *nothing[] = {""};
            struct store_filter filter = {field->name, "=", nothing, 1};
            bool is_by = field->type == FIELD_CODE || field->type == FIELD_BOOLEAN;
            bool is_sensitive = (field->flags & (FIELD_SENSITIVE | FIELD_IDENTIFYING)) != 0;
            bool is_known = is_by || field->type == FIELD_DATE || field->type == FIELD_INTEGER;
            bool is_owned = kind == KIND_BRANCH || kind == KIND_MEMBER || schema->owner.field >= 0;
            struct question question = {"",           DEVICE_PROVINCE,     UNIT_PROVINCE,
                                        "30/06/2022", i % 2 == 0 ? -1 : 5, {"sender"},
                                        LANGUAGE_EN};
            question.by[1] = is_by ? field->name : NULL;
            struct reply reply = ask_pivot(&question, schema->name, &filter, 1,
                                           field->type == FIELD_INTEGER ? field->name : NULL);
            if (reply.err != (is_owned && is_known && !is_sensitive ? ERR_OK : ERR_USAGE)) {
                fail_msg("%s.%s: %s: %s", schema->name, field->name, err_name(reply.err), reply.sentence);
            }
            count += reply.err == ERR_OK;
            store_answer_free(reply.answer);
        }
    }
    assert_true(count > 50);
}

/* The last column alone. */
static void figures_of(struct reply reply, char out[TABLE_BYTES_MAX])
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

static long looks(const char *where)
{
    char sql[256];
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    struct error error = {0};
    struct pg_conn *connection = NULL;
    struct pg_result *rows = NULL;
    cluster_conninfo(cluster, CLUSTER_ROLE_ADMIN, admin);
    (void)snprintf(sql, sizeof sql, "select count(*) from dantin.look where %s", where);
    assert_int_equal(database_open(admin, LANGUAGE_EN, &connection, &error), ERR_OK);
    if (database_run(connection, sql, NULL, 0, &rows, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    long count = strtol(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    PQfinish(connection);
    return count;
}

/* Exact figures add up to all members, whatever the date and the position; every look is noted, and only there. */
static void pivot__sensitive_for_who_may__exact_and_noted(void **state)
{
    (void)state;
    static const char *const women[] = {"nu"};
    static const struct store_filter filter = {"sex", "=", women, 1};
    struct question question = {"", DEVICE_EXACT,  UNIT_PROVINCE, "30/06/2022",
                                -1, {"ethnicity"}, LANGUAGE_EN};
    char figures[TABLE_BYTES_MAX];
    long before = looks("true");

    figures_of(ask_pivot(&question, "member", NULL, 0, NULL), figures);
    assert_string_equal(figures, "6 5 1 ");
    question.position = 4;
    figures_of(ask_pivot(&question, "member", NULL, 0, NULL), figures);
    assert_string_equal(figures, "7 5 1 ");
    question.date = "29/06/2022";
    question.unit = UNIT_A;
    figures_of(ask_pivot(&question, "member", &filter, 1, NULL), figures);
    assert_string_equal(figures, "1 1 ");

    assert_int_equal(looks("true"), before + 3);
    assert_int_equal(
        looks(
            "dimensions = 'ethnicity' and definition = 'pivot' and position = 4 and date = '2022-06-29' and "
            "unit = '00000000-0000-0000-0000-000000000002' and device = decode(lpad('5', 64, '0'), 'hex')"),
        1);
    question.by[0] = "sex"; /* nothing sensitive, nothing noted */
    figures_of(ask_pivot(&question, "member", NULL, 0, NULL), figures);
    assert_int_equal(looks("true"), before + 3);
}

/* Everybody else: the table of the own unit at a quarter's end, its small cells hidden with another one beside; any other
 * question is refused, so that no two answers differ by a person. */
static void pivot__sensitive_for_others__fixed_tables(void **state)
{
    (void)state;
    static const char *const women[] = {"nu"};
    static const struct store_filter filter = {"sex", "=", women, 1};
    const struct question fixed = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022",
                                   -1, {"ethnicity"},   LANGUAGE_EN};
    struct question question = fixed;
    char figures[TABLE_BYTES_MAX];
    long before = looks("true");

    figures_of(ask_pivot(&question, "member", NULL, 0, NULL), figures);
    assert_string_equal(figures, "6 - - ");
    question.date = "29/06/2022";
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question = fixed;
    question.position = 5;
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question = fixed;
    question.unit = UNIT_A;
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question = fixed;
    question.by[1] = "sex";
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question = fixed;
    assert_int_equal(ask_pivot(&question, "member", &filter, 1, NULL).err, ERR_FORBIDDEN);
    question.device = DEVICE_B;
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question.unit = UNIT_B; /* two of 02, four of 01: both hidden */
    figures_of(ask_pivot(&question, "member", NULL, 0, NULL), figures);
    assert_string_equal(figures, "- - ");
    question = (struct question){
        "religious_members", DEVICE_PROVINCE, UNIT_PROVINCE, "29/06/2022", -1, {NULL}, LANGUAGE_EN};
    expect(question, "Tỉnh|1|-|-\nA|3|-|-\nB|7|-|-\nC|2|-|-\nTotal|13|-|-\n");
    question.date = "30/06/2022";
    struct reply reply = ask(&question);
    assert_int_equal(reply.err, ERR_OK);
    assert_true(bytes_equal(store_answer_cell(reply.answer, 0, 3), bytes_of_text("0")));
    store_answer_free(reply.answer);

    assert_int_equal(looks("true"), before);
}

/* Whatever somebody writes as a name or a value, it is refused or it is a value: no answer but one that was meant. */
static void pivot__hostile_words__never_sql(void **state)
{
    (void)state;
    static const char *const words[] = {
        "nam' or '1'='1", "nam\\'",     "$1",         "); drop table dantin.member; --",
        "{say a|b}",      "null",       "",           "sex",
        "name",           "religion",   "1=1 or sex", "{member}",
        "birth_date",     "card_number"};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *values[] = {words[i]};
        const struct store_filter filters[] = {{"sex", "=", values, 1},
                                               {words[i], "=", values, 1},
                                               {"sex", words[i], values, 1},
                                               {"admission_date", "<", values, 1}};
        for (size_t j = 0; j < sizeof filters / sizeof filters[0]; j++) {
            struct reply reply = ask_pivot(&question, "member", &filters[j], 1, NULL);
            bool is_nothing = j <= 1 && words[i][0] == 0 && j == 0;
            bool is_refused = reply.err == ERR_USAGE && reply.answer == NULL;
            if (!is_refused && !is_nothing) {
                fail_msg("%zu: %s: %s", j, words[i], err_name(reply.err));
            }
            store_answer_free(reply.answer);
        }
        struct reply reply = ask_pivot(&question, words[i], NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_USAGE);
        reply = ask_pivot(&question, "member", NULL, 0, words[i]);
        assert_int_equal(reply.err, ERR_USAGE);
        bool is_dimension = strcmp(words[i], "sex") == 0 || strcmp(words[i], "religion") == 0;
        question.by[0] = is_dimension ? "file_number" : words[i];
        reply = ask_pivot(&question, "member", NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_USAGE);
        question.by[0] = NULL;
    }
    struct question after = {"composition", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                             {NULL},        LANGUAGE_VI};
    assert_int_equal(sum_of(after), 12);
}

/* A pivot's definition is named by all that makes it: the same question the same hash, any other another. */
static void pivot__hash__names_the_question(void **state)
{
    (void)state;
    static const char *const men[] = {"nam"};
    static const char *const women[] = {"nu"};
    static const struct store_filter filters[] = {
        {"sex", "=", men, 1}, {"sex", "=", women, 1}, {"sex", "!=", men, 1}};
    struct question question = {"", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    struct hash hashes[5];
    for (size_t i = 0; i < 5; i++) {
        struct reply reply = i < 3 ? ask_pivot(&question, "member", &filters[i], 1, NULL)
                                   : ask_pivot(&question, i == 3 ? "member" : "branch", NULL, 0, NULL);
        assert_int_equal(reply.err, ERR_OK);
        assert_string_equal(reply.answer->definition, "pivot");
        hashes[i] = reply.answer->definition_hash;
        store_answer_free(reply.answer);
        for (size_t j = 0; j < i; j++) {
            assert_false(hash_equal(&hashes[i], &hashes[j]));
        }
    }
    question.position = 5;
    question.unit = UNIT_A;
    struct reply reply = ask_pivot(&question, "member", &filters[0], 1, NULL);
    assert_true(hash_equal(&reply.answer->definition_hash, &hashes[0]));
    store_answer_free(reply.answer);
}

/* What can be asked for is asked for like any figure. */
static void indicators__list__every_file(void **state)
{
    (void)state;
    struct question question = {STORE_QUERY_LIST, DEVICE_A, UNIT_A, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    size_t files = 0;
    for (size_t i = 0; i < embedded_sql_count; i++) {
        files += strncmp(embedded_sql[i].path, "indicators/", 11) == 0;
    }

    struct reply reply = ask(&question);

    assert_int_equal(reply.err, ERR_OK);
    assert_int_equal(reply.answer->row_count, files);
    assert_string_equal(reply.answer->columns[0].name, "id");
    store_answer_free(reply.answer);
    question.unit = UNIT_B;
    expect_refused(question, ERR_FORBIDDEN);
}

/* Every indicator is traceable: its trace runs now and in the past, for a branch and for a locality. */
static void store_query_run__every_indicator__has_a_trace(void **state)
{
    (void)state;
    for (size_t i = 0; i < embedded_sql_count; i++) {
        char id[64];
        if (sscanf(embedded_sql[i].path, "indicators/%63[a-z_0-9]", id) != 1) {
            continue;
        }
        for (int way = 0; way < 8; way++) {
            struct question question = {.indicator = id,
                                        .device = DEVICE_EXACT,
                                        .unit = (way & 1) != 0 ? UNIT_PROVINCE : UNIT_PROVINCE_LOCALITY,
                                        .date = "30/06/2022",
                                        .position = (way & 2) != 0 ? 5 : -1};
            struct reply reply = (way & 4) != 0 ? ask_trace(&question) : ask(&question);
            if (reply.err != ERR_OK) {
                fail_msg("%s, way %d: %s", id, way, err_name(reply.err));
            }
            store_answer_free(reply.answer);
        }
    }
}

/* Names for people, codes for programs, what is not stated said so. */
static void composition__dimensions__by_hand(void **state)
{
    (void)state;
    struct question question = {"composition",           DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                {"sex", "status", NULL}, LANGUAGE_VI};

    expect(question, "Nam|Chính thức|8\n"
                     "Nữ|Chính thức|2\n"
                     "Nữ|Dự bị|2\n");
    question.by[0] = "sender";
    question.by[1] = NULL;
    expect(question, "A|3\n"
                     "B|6\n"
                     "C|2\n"
                     "-|1\n");
    question.by[0] = "age_band";
    expect(question, "18–30|2\n" /* 103, 202 */
                     "31–40|1\n" /* 201 is 40 until the day after */
                     "41–50|6\n" /* 109 turned 41 on the day; 107, 108, 203, 301, 302 */
                     "51–60|1\n" /* 101 */
                     "Trên 60|2\n");
    question.by[0] = "occupation";
    question.language = LANGUAGE_EN;
    expect(question, "(not stated)|12\n");
    question.by[0] = "exemption";
    expect(question, "Exempt|1\n"
                     "None|11\n");
    question.by[0] = NULL;
    expect(question, "12\n");
}

/* Codes travel in columns of type id beside the names. */
static void composition__columns__name_and_code(void **state)
{
    (void)state;
    struct question question = {"composition",           DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                {"sender", "sex", NULL}, LANGUAGE_VI};

    struct reply reply = ask(&question);

    assert_int_equal(reply.err, ERR_OK);
    assert_int_equal(reply.answer->column_count, 5);
    assert_string_equal(reply.answer->columns[1].name, "sender_code");
    assert_string_equal(reply.answer->columns[1].type, "id");
    assert_string_equal(reply.answer->columns[2].label, "Giới tính");
    assert_string_equal(reply.answer->columns[3].name, "sex_code");
    assert_string_equal(reply.answer->columns[4].type, "integer");
    assert_true(bytes_equal(store_answer_cell(reply.answer, 0, 1), bytes_of_text("522")));
    assert_true(bytes_equal(store_answer_cell(reply.answer, 0, 3), bytes_of_text("nam")));
    assert_int_equal(reply.answer->position, 5);
    assert_false(id_is_none(&reply.answer->epoch));
    assert_string_equal(reply.answer->definition, "composition");
    assert_false(hash_is_none(&reply.answer->definition_hash));
    store_answer_free(reply.answer);
}

/* The sum of every breakdown is the number of members, at every date and position and for every unit. */
static void composition__any_dimensions__sum_is_members(void **state)
{
    (void)state;
    static const char *const by[][4] = {{"sex"},
                                        {"status"},
                                        {"age_band"},
                                        {"party_age"},
                                        {"exemption"},
                                        {"sender"},
                                        {"child"},
                                        {"branch"},
                                        {"branch_kind"},
                                        {"unit_type"},
                                        {"occupation"},
                                        {"general_education"},
                                        {"profession"},
                                        {"academic_title"},
                                        {"political_theory"},
                                        {"sender", "sex", "age_band"},
                                        {"branch", "status", "party_age"}};
    static const struct {
        const char *date;
        int64_t position;
        int unit;
        long members;
    } cases[] = {{"30/06/2022", -1, UNIT_PROVINCE, 12}, {"30/06/2022", 4, UNIT_PROVINCE, 13},
                 {"31/12/2019", 4, UNIT_PROVINCE, 14},  {"30/06/2022", -1, UNIT_B, 6},
                 {"30/06/2021", -1, UNIT_CELL_8, 1},    {"01/07/2021", -1, UNIT_CELL_8, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof by / sizeof by[0]; j++) {
            struct question question = {"composition",     DEVICE_PROVINCE,
                                        cases[i].unit,     cases[i].date,
                                        cases[i].position, {by[j][0], by[j][1], by[j][2], NULL},
                                        LANGUAGE_VI};
            assert_int_equal(sum_of(question), cases[i].members);
        }
    }
}

/* Who has submitted what, and what waits for mending: a change made good by a later version no longer does.
 */
static void submission_status__province__by_hand(void **state)
{
    (void)state;
    struct question question = {"submission_status", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL},
                                LANGUAGE_VI};

    expect(question, "A|1|2|1656600000004|4|6|1|0\n"
                     "B|1|1|1656600000002|2|9|0|1\n"
                     "C|1|1|1656600000003|3|3|0|0\n");
    question.position = 2; /* B has not submitted yet, and member 104 and the task are not mended yet */
    expect(question, "A|1|1|1656600000001|1|7|2|1\n"
                     "B|0|0|-|-|5|0|0\n"
                     "C|0|0|-|-|1|0|0\n");
    question =
        (struct question){"submission_status", DEVICE_A, UNIT_A, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    expect(question, "A|1|2|1656600000004|4|6|1|0\n");
}

/* A record is its nearest sender's, as it is for ingest; a sender's own branch is that of the one above it. */
static void composition__sender_inside_a_sender__nearest(void **state)
{
    (void)state;
    struct question question = {"composition",    DEVICE_PROVINCE, UNIT_A, "01/02/2030", -1,
                                {"sender", NULL}, LANGUAGE_VI};

    expect(question, "A-N|4\n");
    question.indicator = "submission_status";
    question.by[0] = NULL;
    expect(question, "A|1|2|1656600000004|4|1|1|0\n"
                     "A-N|0|0|-|-|7|0|0\n");
    question.indicator = "member_ratio";
    expect(question, "A-N|4|2|2|-|-\n"
                     "Tổng cộng|4|2|2|1120|0.36\n");
}

/* The Board finds who bears one number twice; a sender, who sees one of them, learns nothing of the other. */
static void duplicate_numbers__province__by_hand(void **state)
{
    (void)state;
    struct question question = {"duplicate_numbers", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL},
                                LANGUAGE_VI};

    expect(question, "Số thẻ đảng viên|11111111|A|A-6|2\n"
                     "Số thẻ đảng viên|11111111|B|B-9|2\n");
    question.position = 4; /* member 102 is not removed yet */
    expect(question, "Số thẻ đảng viên|11111111|A|A-6|3\n"
                     "Số thẻ đảng viên|11111111|A|A-6|3\n"
                     "Số thẻ đảng viên|11111111|B|B-9|3\n");
    question =
        (struct question){"duplicate_numbers", DEVICE_B, UNIT_B, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    expect(question, "");
    question.device = DEVICE_PROVINCE; /* who moved on 01/01/2022 is there twice until then */
    question.unit = UNIT_PROVINCE;
    question.date = "31/12/2021";
    expect(question, "Số thẻ đảng viên|11111111|A|A-6|2\n"
                     "Số thẻ đảng viên|11111111|B|B-9|2\n"
                     "Số thẻ đảng viên|22222222|B|B-9|2\n"
                     "Số thẻ đảng viên|22222222|C|C-10|2\n");
}

/* Every cell below three official members, its sender beside it: nobody else sums them up for the province. */
static void small_cells__province__by_hand(void **state)
{
    (void)state;
    struct question question = {"small_cells", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                {NULL},        LANGUAGE_VI};

    expect(question, "A|A-6|1|1\n"
                     "A|A-7|1|0\n"
                     "B|B-8|2|1\n"
                     "B|B-9|1|0\n"
                     "B|X-11|2|0\n"
                     "C|C-10|2|0\n");
    question = (struct question){"small_cells", DEVICE_A, UNIT_A, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    expect(question, "A|A-6|1|1\n"
                     "A|A-7|1|0\n");
}

/* A sender's device gets its own subtree and nothing else; a device nobody knows gets nothing. */
static void store_query_run__other_units__forbidden(void **state)
{
    (void)state;
    static const char *const indicators[] = {"member_ratio", "composition", "submission_status",
                                             "duplicate_numbers", "small_cells"};
    for (size_t i = 0; i < sizeof indicators / sizeof indicators[0]; i++) {
        struct question question = {indicators[i], DEVICE_A, UNIT_B, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
        expect_refused(question, ERR_FORBIDDEN);
        question.unit = UNIT_PROVINCE;
        expect_refused(question, ERR_FORBIDDEN);
        question.position = 4;
        expect_refused(question, ERR_FORBIDDEN);
        question.unit = UNIT_CELL_11; /* was A's once */
        expect_refused(question, ERR_FORBIDDEN);
        question.device = DEVICE_NOBODY;
        question.unit = UNIT_A;
        expect_refused(question, ERR_FORBIDDEN);
        question.device = DEVICE_PROVINCE;
        question.unit = 77; /* no such branch */
        expect_refused(question, ERR_FORBIDDEN);
    }
    struct question own = {"composition", DEVICE_A, UNIT_A, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    assert_int_equal(sum_of(own), 3);
}

/* A wrong question is told what is wrong; sensitive fields are no dimensions; nothing the asker writes
 * becomes SQL. */
static void store_query_run__wrong_questions__refused(void **state)
{
    (void)state;
    struct question question = {"nonsense", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022",
                                -1,         {NULL},          LANGUAGE_VI};
    expect_refused(question, ERR_NOT_FOUND);
    question.indicator = "composition";
    static const char *const bad[] = {
        "ethnicity", "religion", "name", "card_number", "sex; drop table dantin.member", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        question.by[0] = bad[i];
        expect_refused(question, ERR_USAGE);
    }
    question.by[0] = "sex";
    question.by[1] = "sex";
    expect_refused(question, ERR_USAGE);
    question.by[0] = NULL;
    question.by[1] = NULL;
    question.position = 6; /* the journal has 5 */
    expect_refused(question, ERR_USAGE);
    question = (struct question){"member_ratio", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                 {"sex", NULL},  LANGUAGE_VI};
    expect_refused(question, ERR_USAGE);
}

/* Cancelled or not, a query answers exactly once, and the connection serves the next one. */
static void store_query_cancel__running_and_waiting__each_answers_once(void **state)
{
    (void)state;
    enum { QUERIES = 8 };
    struct reply replies[QUERIES] = {0};
    uint64_t numbers[QUERIES] = {0};
    struct question question = {"composition",    DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                                {"branch", NULL}, LANGUAGE_VI};
    struct store_query query = store_query_of(&question);
    for (size_t i = 0; i < QUERIES; i++) {
        store_query_run(store, &query, &numbers[i], on_answer, &replies[i]);
        assert_true(numbers[i] != 0);
    }
    for (size_t i = 0; i < QUERIES; i += 2) {
        store_query_cancel(store, numbers[i]);
    }
    store_query_cancel(store, 0);
    store_query_cancel(store, UINT64_MAX);

    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    size_t answered = 0;
    while (answered < QUERIES && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&loop, UV_RUN_ONCE);
        answered = 0;
        for (size_t i = 0; i < QUERIES; i++) {
            answered += replies[i].count > 0;
        }
    }

    for (size_t i = 0; i < QUERIES; i++) {
        assert_int_equal(replies[i].count, 1);
        assert_int_equal(replies[i].err, i % 2 == 0 ? ERR_CANCELLED : ERR_OK);
        store_answer_free(replies[i].answer);
    }
    struct question after = {"composition", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1,
                             {NULL},        LANGUAGE_VI};
    assert_int_equal(sum_of(after), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(member_ratio__province_today__by_hand),
        cmocka_unit_test(member_ratio__earlier_date_and_position__by_hand),
        cmocka_unit_test(member_ratio__past_positions__repeatable),
        cmocka_unit_test(member_ratio__units_below__direct_branches),
        cmocka_unit_test(member_ratio__localities__branches_that_lie_there),
        cmocka_unit_test(composition__locality_of_many_senders__own_records),
        cmocka_unit_test(composition__trace__records_and_receipts),
        cmocka_unit_test(pivot__members__by_hand),
        cmocka_unit_test(pivot__every_kind_and_dimension__answers),
        cmocka_unit_test(pivot__sensitive_for_who_may__exact_and_noted),
        cmocka_unit_test(pivot__sensitive_for_others__fixed_tables),
        cmocka_unit_test(pivot__hostile_words__never_sql),
        cmocka_unit_test(pivot__hash__names_the_question),
        cmocka_unit_test(indicators__list__every_file),
        cmocka_unit_test(store_query_run__every_indicator__has_a_trace),
        cmocka_unit_test(composition__dimensions__by_hand),
        cmocka_unit_test(composition__columns__name_and_code),
        cmocka_unit_test(composition__any_dimensions__sum_is_members),
        cmocka_unit_test(submission_status__province__by_hand),
        cmocka_unit_test(composition__sender_inside_a_sender__nearest),
        cmocka_unit_test(duplicate_numbers__province__by_hand),
        cmocka_unit_test(small_cells__province__by_hand),
        cmocka_unit_test(store_query_run__other_units__forbidden),
        cmocka_unit_test(store_query_run__wrong_questions__refused),
        cmocka_unit_test(store_query_cancel__running_and_waiting__each_answers_once),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
