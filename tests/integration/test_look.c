/* The log of reads: what leaves the server is in it, and what is not in it does not leave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/base/clock.h"
#include "common/record/date.h"
#include "server/store/database.h"
#include "server/store/look.h"
#include "tests/integration/lib/query_fixture.h"

enum { TEXT_BYTES_MAX = 512 };

static PGconn *admin;

static int open_once(void **state)
{
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct error error = {0};
    if (query_fixture_open(state) != 0) {
        return -1;
    }
    cluster_conninfo(query_cluster, CLUSTER_ROLE_ADMIN, conninfo);
    assert_int_equal(database_open(conninfo, LANGUAGE_EN, &admin, &error), ERR_OK);
    return 0;
}

static int close_once(void **state)
{
    PQfinish(admin);
    return query_fixture_close(state);
}

static void query_sql(const char *sql, char out[TEXT_BYTES_MAX])
{
    PGresult *rows = PQexec(admin, sql);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK && PQresultStatus(rows) != PGRES_COMMAND_OK) {
        fail_msg("%s", PQerrorMessage(admin));
    }
    (void)snprintf(out, TEXT_BYTES_MAX, "%s", PQntuples(rows) > 0 ? PQgetvalue(rows, 0, 0) : "");
    PQclear(rows);
}

static void expect_sql(const char *sql, const char *expected)
{
    char found[TEXT_BYTES_MAX];
    query_sql(sql, found);
    if (strcmp(found, expected) != 0) {
        fail_msg("%s gave %s, not %s", sql, found, expected);
    }
}

/* Wait for an event of the loop's: until the statement gives what is expected. */
static void wait_sql(const char *sql, const char *expected)
{
    char found[TEXT_BYTES_MAX] = "";
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (clock_monotonic_ms() < deadline_ms) {
        query_sql(sql, found);
        if (strcmp(found, expected) == 0) {
            return;
        }
        (void)uv_run(&query_loop, UV_RUN_ONCE);
    }
    fail_msg("%s gave %s, not %s", sql, found, expected);
}

static const struct question members_of_b = {"composition", DEVICE_PROVINCE, UNIT_B, "30/06/2022", -1,
                                             {"sex"},       LANGUAGE_EN};

/* Figures: who, what, of which unit, when and at which position; no subject. */
static void query__figures__noted_without_subjects(void **state)
{
    (void)state;
    struct store_query query = store_query_of(&members_of_b);
    query.purpose = "half-year report";
    store_answer_free(ask_query(&query).answer);

    expect_sql(
        "select concat_ws('|', what, definition, purpose, dimensions, right(unit::text, 1), date, role, "
        "is_province, rows > 0,"
        " persons, subjects is null, alarm, position = (select position from dantin.journal_head),"
        " right(encode(device, 'hex'), 1), right(sender::text, 1)) from dantin.look order by id desc limit 1",
        "figures|composition|half-year report|sex|3|2022-06-30|administrator|t|t|0|t||t|1|1");
}

/* The records behind figures: whose they are is noted, by pseudonyms that who has the key can look for and nobody else can
 * read. */
static void query__trace__subjects_noted(void **state)
{
    (void)state;
    char sql[TEXT_BYTES_MAX];
    char hex[ID_HEX_BYTES];
    char expected[32];
    struct id record;
    const uint8_t key[STORE_LOOK_KEY_BYTES] = {0};
    struct reply reply = ask_trace(&members_of_b);
    assert_int_equal(reply.err, ERR_OK);
    assert_true(reply.answer->row_count > 2);
    struct bytes cell = store_answer_cell(reply.answer, 1, 1);
    assert_int_equal(hex_decode((const char *)cell.at, record.at, ID_BYTES), ERR_OK);
    struct id subject = look_subject(key, &record);
    hex_encode(bytes_of(subject.at, ID_BYTES), hex);
    (void)snprintf(expected, sizeof expected, "trace|%zu|%zu|%zu|t", reply.answer->row_count,
                   reply.answer->row_count, reply.answer->row_count);

    (void)snprintf(sql, sizeof sql,
                   "select concat_ws('|', what, rows, persons, cardinality(subjects), '%s' = any (subjects))"
                   " from dantin.look order by id desc limit 1",
                   hex);
    expect_sql(sql, expected);
    (void)snprintf(sql, sizeof sql, "select count(*) from dantin.look where subjects::text like '%%%.8s%%'",
                   (const char *)cell.at);
    expect_sql(sql, "0");
    store_answer_free(reply.answer);
}

/* What is refused leaves nothing, in the log and on the connection; the next one works. */
static void query__refused__nothing_noted_nothing_open(void **state)
{
    (void)state;
    char before[TEXT_BYTES_MAX];
    query_sql("select count(*) from dantin.look", before);
    struct question outside = members_of_b;
    outside.device = DEVICE_C;
    for (int i = 0; i < 4; i++) {
        expect_refused(outside, ERR_FORBIDDEN);
    }

    wait_sql("select count(*) from pg_stat_activity where state like 'idle in transaction%'", "0");
    expect_sql("select count(*) from dantin.look", before);
    store_answer_free(ask(&members_of_b).answer);
}

/* A read that cannot be noted is not answered. */
static void query__log_out_of_order__no_answer(void **state)
{
    (void)state;
    char before[TEXT_BYTES_MAX];
    char after[TEXT_BYTES_MAX];
    query_sql("select count(*) from dantin.look", before);
    query_sql("alter table dantin.look add constraint full_up check (id < 0) not valid", after);

    struct reply reply = ask(&members_of_b);
    assert_int_not_equal(reply.err, ERR_OK);
    assert_null(reply.answer);

    expect_sql("select count(*) from dantin.look", before);
    query_sql("alter table dantin.look drop constraint full_up", after);
    store_answer_free(ask(&members_of_b).answer); /* its connection is sound */
}

/* Cancelled while it is read or noted: whatever was noted, the connection goes back without a transaction. */
static void query__cancelled__nothing_open(void **state)
{
    (void)state;
    for (int turns = 0; turns < 6; turns++) {
        struct reply reply = {0};
        uint64_t number = 0;
        struct store_query query = store_query_of(&members_of_b);
        query.is_trace = true;
        store_query_run(query_store, &query, &number, on_answer, &reply);
        for (int i = 0; i < turns && reply.count == 0; i++) {
            (void)uv_run(&query_loop, UV_RUN_ONCE);
        }
        if (reply.count == 0) {
            store_query_cancel(query_store, number);
        }
        while (reply.count == 0) {
            (void)uv_run(&query_loop, UV_RUN_ONCE);
        }
        store_answer_free(reply.answer);
    }

    wait_sql("select count(*) from pg_stat_activity where state like 'idle in transaction%'", "0");
    for (int i = 0; i < 3; i++) {
        store_answer_free(ask(&members_of_b).answer);
    }
}

/* The serving roles add lines through the one function, for the device they are set to, and do nothing else. */
static void look__serving_roles__append_only(void **state)
{
    (void)state;
    char conninfo[CLUSTER_CONNINFO_BYTES_MAX];
    struct error error = {0};
    static const char *const roles[] = {CLUSTER_ROLE_READ, CLUSTER_ROLE_INGEST};
    static const char *const forbidden[] = {
        "select 1 from dantin.look",
        "insert into dantin.look (device) values ('')",
        "update dantin.look set purpose = ''",
        "delete from dantin.look",
        "truncate dantin.look",
        "delete from dantin.look_chain",
        "update dantin.look_chain set hash = ''",
        "select setval('dantin.look_id_seq', 1)",
        /* no device */
        ("select read.note_look('trace', '', '', '', '', null, null, null, null, 1, 1, null, 1,"
         " 1, 1)"),
    };
    for (size_t role = 0; role < 2; role++) {
        PGconn *connection = NULL;
        cluster_conninfo(query_cluster, roles[role], conninfo);
        assert_int_equal(database_open(conninfo, LANGUAGE_EN, &connection, &error), ERR_OK);
        for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
            PGresult *result = PQexec(connection, forbidden[i]);
            const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
            if (sqlstate == NULL || strcmp(sqlstate, "42501") != 0) {
                fail_msg("%s gave %s", forbidden[i], sqlstate);
            }
            PQclear(result);
        }
        PQfinish(connection);
    }
}

/* Who looked at one of its members a sender's device is told, another one's is not; nor is anybody told without naming a record. */
static void looked__own_member__told__others__not(void **state)
{
    (void)state;
    char table[TABLE_BYTES_MAX];
    struct store_query trace = store_query_of(&members_of_b);
    trace.is_trace = true;
    trace.purpose = "complaint 7";
    struct reply reply = ask_query(&trace);
    assert_int_equal(reply.err, ERR_OK);
    struct question question = {STORE_QUERY_LOOKED, DEVICE_B, UNIT_B, "30/06/2022", -1, {NULL}, LANGUAGE_EN};
    struct store_query looked = store_query_of(&question);
    looked.kind = "member";
    assert_int_equal(
        hex_decode((const char *)store_answer_cell(reply.answer, 0, 1).at, looked.record.at, ID_BYTES),
        ERR_OK);
    store_answer_free(reply.answer);

    table_of_reply(ask_query(&looked), table);
    assert_non_null(strstr(table, "|administrator|records|composition|complaint 7|certain\n"));
    looked.device.at[HASH_BYTES - 1] = DEVICE_C;
    looked.unit.at[ID_BYTES - 1] = UNIT_C;
    table_of_reply(ask_query(&looked), table);
    assert_string_equal(table, "");
    expect_sql("select concat_ws('|', what, definition, persons, subjects is null) from dantin.look order by "
               "id desc limit 1",
               "looks|looked|0|t");
    looked.kind = "branch"; /* no person */
    assert_int_equal(ask_query(&looked).err, ERR_USAGE);
    looked.kind = "member";
    looked.record = (struct id){0};
    assert_int_equal(ask_query(&looked).err, ERR_USAGE);
    looked.is_trace = true;
    assert_int_equal(ask_query(&looked).err, ERR_USAGE);
}

/* The log itself is for the province's auditors and administrators, behind the handler too. */
static void looks__by_role__auditors_alone(void **state)
{
    (void)state;
    char table[TABLE_BYTES_MAX];
    char today[DATE_TEXT_BYTES];
    date_format_vi(date_of_moment(clock_now_ms()), today);
    struct question question = {STORE_QUERY_LOOKS, DEVICE_PROVINCE, UNIT_PROVINCE, today, -1, {NULL},
                                LANGUAGE_EN};
    store_answer_free(ask(&members_of_b).answer);

    table_of(&question, table);
    assert_non_null(strstr(table, "|administrator|figures|composition|sex|"));
    question.unit = UNIT_C; /* nobody looked at it */
    table_of(&question, table);
    assert_null(strstr(table, "composition"));
    question.device = DEVICE_B;
    question.unit = UNIT_B;
    table_of(&question, table);
    assert_string_equal(table, "");
    question.position = 1;
    expect_refused(question, ERR_USAGE);
}

/* Every look gets its link by itself, without a gap, in the order of the looks. */
static void look__a_while_later__chained(void **state)
{
    (void)state;
    store_answer_free(ask(&members_of_b).answer);

    wait_sql("select (select count(*) from dantin.look l where not exists (select from dantin.look_chain c "
             "where c.look = l.id))"
             " + (select count(*) from dantin.look_chain c where number <> (select count(*) from "
             "dantin.look_chain d where d.look <="
             " c.look))",
             "0");
    expect_sql("select count(*) > 3 from dantin.look_chain", "t");
}

/* Who reads unusually much is told of once per threshold passed, by persons, not by questions. */
static void look__many_persons__alarm(void **state)
{
    (void)state;
    char taken[TEXT_BYTES_MAX];
    query_sql("begin; select set_config('dantin.device', lpad('4', 64, '0'), true)", taken);
    static const struct {
        const char *persons;
        const char *alarm;
    } looks[] = {{"4", "usual"}, {"0", ""}, {"6", ""}, {"1", "hour"}, {"28", ""}, {"2", "day"}, {"99", ""}};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        char sql[TEXT_BYTES_MAX];
        (void)snprintf(
            sql, sizeof sql,
            "select read.note_look('trace', '', '', '', '', null, null, null, null, 1, %s, null, 10, 40, 2)",
            looks[i].persons);
        expect_sql(sql, looks[i].alarm);
    }
    /* Ten a day for four weeks, as 280 three days ago: twenty are usual twice, more are not. */
    query_sql("rollback; begin; select set_config('dantin.device', lpad('4', 64, '0'), true)", taken);
    query_sql("insert into dantin.look (looked_at_ms, device, sender, role, is_province, what, purpose, "
              "definition, definition_hash,"
              " dimensions, position, rows, persons, alarm) select floor(extract(epoch from now()) * 1000) - "
              "3 * 86400000, id, sender,"
              " role, is_province, 'trace', '', '', '', '', 0, 1, 280, '' from dantin.device where id = "
              "decode(lpad('4', 64, '0'), 'hex')",
              taken);
    expect_sql(
        "select read.note_look('trace', '', '', '', '', null, null, null, null, 1, 20, null, 100, 1000, 2)",
        "");
    expect_sql(
        "select read.note_look('trace', '', '', '', '', null, null, null, null, 1, 1, null, 100, 1000, 2)",
        "usual");
    query_sql("rollback", taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query__figures__noted_without_subjects),
        cmocka_unit_test(query__trace__subjects_noted),
        cmocka_unit_test(query__refused__nothing_noted_nothing_open),
        cmocka_unit_test(query__log_out_of_order__no_answer),
        cmocka_unit_test(query__cancelled__nothing_open),
        cmocka_unit_test(look__serving_roles__append_only),
        cmocka_unit_test(looked__own_member__told__others__not),
        cmocka_unit_test(looks__by_role__auditors_alone),
        cmocka_unit_test(look__a_while_later__chained),
        cmocka_unit_test(look__many_persons__alarm),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
