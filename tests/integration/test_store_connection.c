/* Connections and pools against a real PostgreSQL: units do not harm each other, every callback comes
 * once, lost lines come back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "server/store/pool.h"
#include "tests/lib/pg.h"
#include "tests/lib/test.h"

enum { WAIT_MS_MAX = 30000 };

static struct pg *pg;
static uv_loop_t loop;

static const struct statement one = {"one", "select 1"};
static const struct statement fails = {"fails", "select 1 / 0"};
static const struct statement broken = {"broken", "select nonsense from nowhere"};
static const struct statement typed = {NULL,
                                       "select $2::bigint where $1::text = 'Đảng' and $3::date = '1930-02-03'"
                                       " and $4::uuid = '01020300-0000-0000-0000-000000000000'"
                                       " and $5::boolean and $6::int = -5 and $7::text is null"};
static const struct statement sleeps = {"sleeps", "select pg_sleep(30)"};
static const struct statement pid_of = {"pid_of", "select pg_backend_pid()"};

/* What one callback said, and how often it ran. */
struct answer {
    unsigned count;
    enum err err;
    char sqlstate[SQLSTATE_BYTES];
    size_t failed_index;
    bool is_lost;
    int64_t number; /* first column of the last statement's first row */
    unsigned order; /* of this callback among all */
};

static unsigned callback_count;

static void on_answer(void *context, const struct unit_result *result)
{
    struct answer *answer = context;
    answer->count++;
    answer->err = result->err;
    answer->failed_index = result->failed_index;
    answer->is_lost = result->is_lost;
    answer->order = ++callback_count;
    (void)snprintf(answer->sqlstate, sizeof answer->sqlstate, "%s", result->sqlstate);
    if (result->err == ERR_OK) {
        answer->number = result_int64(result->results[result->statement_count - 1], 0, 0);
    }
}

static void on_stopped(void *context)
{
    *(bool *)context = true;
}

/* Run the loop until an answer came, or for a pool or connection until it is ready. */
static void wait_for(const struct answer *answer)
{
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (answer->count == 0) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

static void wait_ready(const struct connection *connection)
{
    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    while (!connection_is_ready(connection)) {
        assert_true(clock_monotonic_ms() < deadline_ms);
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

static struct unit unit_of(const struct statement *first, const struct statement *second)
{
    static struct unit_call calls[64][2]; /* a test makes a few units, and sends them before it ends */
    static size_t next;
    struct unit unit;
    unit_init(&unit, calls[next++ % 64], 2);
    (void)unit_call(&unit, first);
    if (second != NULL) {
        (void)unit_call(&unit, second);
    }
    return unit;
}

static struct connection *start(const char *conninfo)
{
    struct connection_config config = {"test", conninfo, "", 10, 50, NULL, NULL, NULL};
    struct connection *connection = NULL;
    assert_int_equal(connection_start(&loop, &config, &connection), ERR_OK);
    return connection;
}

static void stop(struct connection *connection)
{
    bool is_stopped = false;
    connection_stop(connection, on_stopped, &is_stopped);
    while (!is_stopped) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

static int open_once(void **state)
{
    (void)state;
    pg = pg_start(&(struct pg_options){.is_empty = true});
    return uv_loop_init(&loop);
}

static int close_once(void **state)
{
    (void)state;
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    pg_stop(pg);
    return 0;
}

/* One caller's mistake must not touch the units sent before and after it in the same breath. */
static void connection_send__failing_unit_between__neighbours_unharmed(void **state)
{
    (void)state;
    struct connection *connection = start(pg_conninfo(pg, "postgres"));
    struct answer answers[5] = {0};
    struct unit good = unit_of(&one, NULL);
    struct unit bad = unit_of(&one, &fails);
    struct unit worse = unit_of(&broken, &one);
    wait_ready(connection);

    connection_send(connection, &good, 0, on_answer, &answers[0]);
    connection_send(connection, &bad, 0, on_answer, &answers[1]);
    connection_send(connection, &good, 0, on_answer, &answers[2]);
    connection_send(connection, &worse, 0, on_answer, &answers[3]);
    connection_send(connection, &good, 0, on_answer, &answers[4]);
    assert_int_equal(answers[0].count, 0);
    wait_for(&answers[4]);

    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(answers[i].count, 1);
        assert_true(i == 0 || answers[i].order == answers[i - 1].order + 1);
        assert_int_equal(answers[i].err, i == 1 ? ERR_RULE : i == 3 ? ERR_DATABASE : ERR_OK);
    }
    assert_string_equal(answers[1].sqlstate, "22012");
    assert_int_equal(answers[1].failed_index, 1);
    assert_string_equal(answers[3].sqlstate, "42P01");
    stop(connection);
}

/* Binary parameters and results must mean the same on both sides. */
static void connection_send__parameters_of_every_type__echoed(void **state)
{
    (void)state;
    struct connection *connection = start(pg_conninfo(pg, "postgres"));
    struct arena arena;
    struct unit unit;
    struct id id = {{1, 2, 3}};
    arena_init(&arena, 1024);
    struct unit_call calls[1];
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, &typed);
    unit_put_text(call, "Đảng");
    assert_int_equal(unit_put_int64(call, &arena, INT64_MIN + 7), ERR_OK);
    assert_int_equal(unit_put_date(call, &arena, -14577), ERR_OK);
    unit_put_id(call, &id);
    assert_int_equal(unit_put_boolean(call, &arena, true), ERR_OK);
    assert_int_equal(unit_put_int32(call, &arena, -5), ERR_OK);
    unit_put_text(call, NULL);
    struct answer answer = {0};
    wait_ready(connection);

    connection_send(connection, &unit, 0, on_answer, &answer);
    wait_for(&answer);

    assert_int_equal(answer.err, ERR_OK);
    assert_true(answer.number == INT64_MIN + 7);
    arena_release(&arena);
    stop(connection);
}

static struct logged {
    unsigned failures;
    unsigned warnings; /* of those */
} logged;

static void count_failures(enum log_level level, const char *line)
{
    if (strstr(line, "event=db_connect_failed ") != NULL) {
        logged.failures++;
        logged.warnings += level == LOG_WARN;
    }
}

/* A server that is not there must be tried again and again, without a callback getting lost or the log filled. */
static void connection_send__no_server__err_database_and_retries(void **state)
{
    (void)state;
    log_set_sink(count_failures);
    log_set_level(LOG_DEBUG);
    struct connection *connection = start("host=/nonexistent user=x dbname=x");
    struct answer answers[2] = {0};
    struct unit unit = unit_of(&one, NULL);

    connection_send(connection, &unit, 0, on_answer, &answers[0]);
    assert_int_equal(answers[0].count, 0);
    wait_for(&answers[0]);
    connection_send(connection, &unit, 0, on_answer, &answers[1]);
    wait_for(&answers[1]);

    assert_int_equal(answers[0].err, ERR_DATABASE);
    assert_false(answers[0].is_lost);
    assert_false(connection_is_ready(connection));
    while (logged.failures < 3) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
    assert_int_equal(logged.warnings, 1);
    stop(connection);
    log_set_sink(NULL);
    log_set_level(LOG_INFO);
}

/* A killed backend fails what is under way and comes back by itself with nothing prepared. */
static void connection__backend_killed__units_fail_then_reconnects(void **state)
{
    (void)state;
    struct connection *connection = start(pg_conninfo(pg, "postgres"));
    struct answer pid = {0};
    struct answer lost = {0};
    struct answer again = {0};
    struct unit ask_pid = unit_of(&pid_of, NULL);
    struct unit sleep = unit_of(&sleeps, NULL);
    char sql[64];
    wait_ready(connection);
    uint64_t session = connection_session_number(connection);
    connection_send(connection, &ask_pid, 0, on_answer, &pid);
    wait_for(&pid);
    connection_send(connection, &sleep, 0, on_answer, &lost);
    (void)uv_run(&loop, UV_RUN_NOWAIT);

    (void)snprintf(sql, sizeof sql, "select pg_terminate_backend(%d)", (int)pid.number);
    (void)pg_ask(pg, sql);
    wait_for(&lost);

    assert_int_equal(lost.err, ERR_DATABASE);
    assert_true(lost.is_lost);
    assert_string_equal(lost.sqlstate, "57P01");
    wait_ready(connection);
    assert_true(connection_session_number(connection) > session);
    connection_send(connection, &ask_pid, 0, on_answer, &again);
    wait_for(&again);
    assert_int_equal(again.err, ERR_OK);
    assert_true(again.number != pid.number);
    stop(connection);
}

/* A unit that does not end by its deadline is given up, and the line with it: nobody waits for ever. */
static void connection_send__deadline_passes__err_timed_out(void **state)
{
    (void)state;
    struct connection *connection = start(pg_conninfo(pg, "postgres"));
    struct answer late = {0};
    struct answer after = {0};
    struct unit sleep = unit_of(&sleeps, NULL);
    struct unit unit = unit_of(&one, NULL);
    wait_ready(connection);

    connection_send(connection, &sleep, 50, on_answer, &late);
    connection_send(connection, &unit, 0, on_answer, &after);
    wait_for(&late);
    wait_for(&after);

    assert_int_equal(late.err, ERR_TIMED_OUT);
    assert_true(late.is_lost);
    assert_int_equal(after.err, ERR_TIMED_OUT);
    wait_ready(connection);
    stop(connection);
}

/* Stopping answers everything, once. */
static void connection_stop__unit_under_way__err_cancelled(void **state)
{
    (void)state;
    struct connection *connection = start(pg_conninfo(pg, "postgres"));
    struct answer answer = {0};
    struct unit sleep = unit_of(&sleeps, NULL);
    wait_ready(connection);

    connection_send(connection, &sleep, 0, on_answer, &answer);
    stop(connection);

    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.err, ERR_CANCELLED);
}

static struct pool *start_pool(unsigned connection_count, unsigned queue_max)
{
    struct pool_config config = {"test", pg_conninfo(pg, "postgres"), "", connection_count, queue_max, 10,
                                 50};
    struct pool *pool = NULL;
    assert_int_equal(pool_start(&loop, &config, &pool), ERR_OK);
    return pool;
}

static void stop_pool(struct pool *pool)
{
    bool is_stopped = false;
    pool_stop(pool, on_stopped, &is_stopped);
    while (!is_stopped) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }
}

/* Units sent before any connection is up wait for one, and all are answered. */
static void pool_send__more_units_than_connections__all_answered(void **state)
{
    (void)state;
    struct pool *pool = start_pool(2, 16);
    struct answer answers[10] = {0};
    struct unit unit = unit_of(&one, NULL);

    for (size_t i = 0; i < 10; i++) {
        assert_true(pool_send(pool, &unit, 0, on_answer, &answers[i]) != 0);
        assert_int_equal(answers[i].count, 0);
    }
    for (size_t i = 0; i < 10; i++) {
        wait_for(&answers[i]);
    }

    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(answers[i].count, 1);
        assert_int_equal(answers[i].err, ERR_OK);
    }
    stop_pool(pool);
}

/* The queue has a limit, and says so at once. */
static void pool_send__queue_full__err_busy(void **state)
{
    (void)state;
    struct pool *pool = start_pool(1, 2);
    struct answer answers[4] = {0};
    struct unit sleep = unit_of(&sleeps, NULL);

    for (size_t i = 0; i < 4; i++) {
        (void)pool_send(pool, &sleep, 0, on_answer, &answers[i]);
    }
    wait_for(&answers[3]);

    assert_int_equal(answers[2].err, ERR_BUSY);
    assert_int_equal(answers[3].err, ERR_BUSY);
    assert_int_equal(answers[0].count, 0);
    stop_pool(pool);
    assert_int_equal(answers[0].err, ERR_CANCELLED);
    assert_int_equal(answers[1].err, ERR_CANCELLED);
}

/* Waiting has a deadline too. */
static void pool_send__still_waiting_at_deadline__err_timed_out(void **state)
{
    (void)state;
    struct pool *pool = start_pool(1, 4);
    struct answer running = {0};
    struct answer waiting = {0};
    struct unit sleep = unit_of(&sleeps, NULL);

    (void)pool_send(pool, &sleep, 0, on_answer, &running);
    (void)pool_send(pool, &sleep, 50, on_answer, &waiting);
    wait_for(&waiting);

    assert_int_equal(waiting.err, ERR_TIMED_OUT);
    assert_false(waiting.is_lost);
    assert_int_equal(running.count, 0);
    stop_pool(pool);
}

/* A detached unit is answered once with ERR_CANCELLED, running or waiting, and its late result goes
 * nowhere. */
static void pool_detach__running_and_waiting__each_answered_once(void **state)
{
    (void)state;
    static const struct statement nap = {"nap", "select 1 from pg_sleep(0.2)"};
    struct pool *pool = start_pool(1, 4);
    struct answer running = {0};
    struct answer waiting = {0};
    struct answer after = {0};
    struct unit sleep = unit_of(&nap, NULL);
    struct unit unit = unit_of(&one, NULL);
    uint64_t first = pool_send(pool, &sleep, 0, on_answer, &running);
    uint64_t second = pool_send(pool, &sleep, 0, on_answer, &waiting);
    while (!pool_is_ready(pool)) {
        (void)uv_run(&loop, UV_RUN_ONCE);
    }

    pool_detach(pool, first);
    pool_detach(pool, second);
    pool_detach(pool, 12345);
    assert_int_equal(running.count + waiting.count, 0);
    (void)pool_send(pool, &unit, 0, on_answer, &after);
    wait_for(&after);

    assert_int_equal(running.count, 1);
    assert_int_equal(running.err, ERR_CANCELLED);
    assert_int_equal(waiting.count, 1);
    assert_int_equal(waiting.err, ERR_CANCELLED);
    assert_int_equal(after.err, ERR_OK);
    stop_pool(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_send__failing_unit_between__neighbours_unharmed),
        cmocka_unit_test(connection_send__parameters_of_every_type__echoed),
        cmocka_unit_test(connection_send__no_server__err_database_and_retries),
        cmocka_unit_test(connection__backend_killed__units_fail_then_reconnects),
        cmocka_unit_test(connection_send__deadline_passes__err_timed_out),
        cmocka_unit_test(connection_stop__unit_under_way__err_cancelled),
        cmocka_unit_test(pool_send__more_units_than_connections__all_answered),
        cmocka_unit_test(pool_send__queue_full__err_busy),
        cmocka_unit_test(pool_send__still_waiting_at_deadline__err_timed_out),
        cmocka_unit_test(pool_detach__running_and_waiting__each_answered_once),
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
