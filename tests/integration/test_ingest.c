/* Ingest on a real PostgreSQL, against the model: the same random schedule, in whatever groups come about,
 * with the database's connection killed on the way and rows that the database refuses, gives the same answers
 * and the same rows. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "common/base/log.h"
#include "common/base/random.h"
#include "common/record/date.h"
#include "server/commands/replay_journal.h"
#include "server/commands/table_compare.h"
#include "server/ingest/ingest.h"
#include "server/store/database.h"
#include "server/store/migrate.h"
#include "server/store/replay.h"
#include "server/store/vault.h"
#include "tests/integration/lib/store_fixture.h"
#include "tests/lib/outcome.h"
#include "tests/lib/schedule.h"
#include "tests/lib/seed.h"

enum {
    SUBMISSIONS = 150,
    OUTSTANDING_MAX = 40,
    KILLS = 12,
    TEXT_BYTES_MAX = 64 << 20,
    SQL_BYTES_MAX = 16384
};

static const int64_t server_time_ms = INT64_C(1700000000000); /* as the model's world */

struct item_answer {
    struct context *context;
    size_t index;
    unsigned count;
};

struct context {
    struct store_fixture fixture;
    struct schedule schedule;
    struct ingest *ingest;
    struct signing_key *receipt_key;
    uv_timer_t timer;
    void (*on_fired)(void *target);
    void *target;
    struct item_answer *answers;
    struct buf *lines; /* one per item, written when it is answered */
    size_t answered;
    bool is_idle;
    bool is_closed;
};

static int64_t now_ms(void *context)
{
    (void)context;
    return server_time_ms;
}

static void on_timer(uv_timer_t *timer)
{
    struct context *c = timer->data;
    c->on_fired(c->target);
}

static void start_timer(void *context, uint64_t after_ms, void (*on_fired)(void *target), void *target)
{
    struct context *c = context;
    c->on_fired = on_fired;
    c->target = target;
    (void)uv_timer_start(&c->timer, on_timer, after_ms, 0);
}

static void stop_timer(void *context)
{
    (void)uv_timer_stop(&((struct context *)context)->timer);
}

static void on_answered(void *context, const struct ingest_answer *answer)
{
    struct item_answer *item = context;
    item->count++;
    item->context->answered++;
    buf_init(&item->context->lines[item->index], TEXT_BYTES_MAX);
    outcome_write(&item->context->lines[item->index], answer);
}

static void on_idle(void *context)
{
    ((struct context *)context)->is_idle = true;
}

static void on_closed(uv_handle_t *handle)
{
    ((struct context *)handle->data)->is_closed = true;
}

static void drop_log(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

/* The same poisons as on the model: the database itself refuses these records. Of the versions, for a member removed
 * again in the same group never becomes a row of dantin.member. */
static void refuse_poisons(struct context *c)
{
    char sql[1024];
    char ids[SCHEDULE_POISONS][ID_HEX_BYTES];
    for (size_t i = 0; i < SCHEDULE_POISONS; i++) {
        hex_encode(bytes_of(c->schedule.poisons[i].at, ID_BYTES), ids[i]);
    }
    (void)snprintf(sql, sizeof sql,
                   "alter table dantin.member_version add constraint poison check (id not in ('%s'::uuid, "
                   "'%s'::uuid, '%s'::uuid))",
                   ids[0], ids[1], ids[2]);
    (void)pg_ask(c->fixture.pg, sql);
}

static void add_devices(struct context *c)
{
    for (size_t i = 0; i < SCHEDULE_DEVICES; i++) {
        const struct schedule_device *device = &c->schedule.devices[i];
        char id[HASH_HEX_BYTES];
        char key[HASH_HEX_BYTES];
        char sender[ID_HEX_BYTES];
        char sql[512];
        hex_encode(bytes_of(device->device.device.at, HASH_BYTES), id);
        hex_encode(bytes_of(device->device.public_key, sizeof device->device.public_key), key);
        hex_encode(bytes_of(device->sender.at, ID_BYTES), sender);
        (void)snprintf(
            sql, sizeof sql,
            "insert into dantin.device (id, spki_hash, public_key, sender, role, is_province) values"
            " ('\\x%s', '\\x%s', '\\x%s', '%s', '%s', %s)",
            id, id, key, sender, role_name(device->role), device->is_province ? "true" : "false");
        (void)pg_ask(c->fixture.pg, sql);
    }
}

static void open_context(struct context *c, uint64_t seed)
{
    *c = (struct context){0};
    log_set_sink(drop_log);
    fixture_open(&c->fixture, &(struct pg_options){0});
    schedule_init(&c->schedule, seed, SUBMISSIONS);
    c->answers = test_calloc(c->schedule.item_count, sizeof *c->answers);
    c->lines = test_calloc(c->schedule.item_count, sizeof *c->lines);
    add_devices(c);
    refuse_poisons(c);
    c->timer.data = c;
    assert_int_equal(uv_timer_init(&c->fixture.loop, &c->timer), 0);
    assert_int_equal(signing_key_generate(&c->receipt_key), ERR_OK);
    struct ingest_config config = {
        .store = c->fixture.store,
        .receipt_key = c->receipt_key,
        .now_ms = now_ms,
        .timer = {.context = c, .start_after_ms = start_timer, .stop = stop_timer},
    };
    assert_int_equal(ingest_new(&config, &c->ingest), ERR_OK);
}

static void close_context(struct context *c)
{
    ingest_drain(c->ingest, on_idle, c);
    fixture_wait(&c->fixture, &c->is_idle);
    ingest_free(c->ingest);
    uv_close((uv_handle_t *)&c->timer, on_closed);
    fixture_wait(&c->fixture, &c->is_closed);
    signing_key_free(c->receipt_key);
    for (size_t i = 0; i < c->schedule.item_count; i++) {
        buf_release(&c->lines[i]);
    }
    test_free(c->lines);
    test_free(c->answers);
    schedule_release(&c->schedule);
    fixture_close(&c->fixture);
}

static void offer(struct context *c, size_t index)
{
    const struct schedule_item *item = &c->schedule.items[index];
    const struct builder_device *device = &c->schedule.devices[item->device_index].device;
    struct submission *submission = NULL;
    c->answers[index] = (struct item_answer){.context = c, .index = index};
    assert_int_equal(submission_prepare(item->submission.envelope, item->submission.signature,
                                        item->submission.payload_zstd, &device->device, device->verify,
                                        date_of_moment(server_time_ms), &submission),
                     ERR_OK);
    assert_int_equal(ingest_submit(c->ingest, submission, on_answered, &c->answers[index]), ERR_OK);
}

static void kill_ingest_connection(struct context *c)
{
    (void)pg_ask(c->fixture.pg, "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                                " where usename = 'dantin_ingest'");
}

/* Offer everything in order, a random number at a time, and kill the connection now and then. */
static void offer_all(struct context *c, struct prng *prng)
{
    size_t offered = 0;
    unsigned kills = 0;
    size_t outstanding_max = 1;
    int64_t deadline_turns = 2000000;
    while (c->answered < c->schedule.item_count) {
        assert_true(--deadline_turns > 0);
        while (offered < c->schedule.item_count && offered - c->answered < outstanding_max) {
            offer(c, offered++);
        }
        if (prng_below(prng, 8) == 0) {
            outstanding_max = 1 + prng_below(prng, OUTSTANDING_MAX);
        }
        if (kills < KILLS && prng_below(prng, 12) == 0) {
            kill_ingest_connection(c);
            kills++;
        }
        (void)uv_run(&c->fixture.loop, UV_RUN_ONCE);
    }
    printf("kills=%u\n", kills);
}

static char *read_all(FILE *file, size_t *ret_len)
{
    char *text = test_malloc(TEXT_BYTES_MAX);
    *ret_len = fread(text, 1, TEXT_BYTES_MAX - 1, file);
    text[*ret_len] = '\0';
    return text;
}

static char *expected_of(uint64_t seed)
{
    char command[1024];
    size_t len = 0;
    const char *folder = getenv("DANTIN_BINARY_DIR");
    (void)snprintf(command, sizeof command, "%s/tests/schedule_on_model %llu %d",
                   folder == NULL ? "." : folder, (unsigned long long)seed, SUBMISSIONS);
    FILE *program = popen(command, "r");
    assert_non_null(program);
    char *text = read_all(program, &len);
    assert_int_equal(pclose(program), 0);
    return text;
}

/* A table of what the sealed card numbers are, for ingest_rows.sql. */
static void open_numbers(struct context *c)
{
    (void)pg_ask(c->fixture.pg, "drop table if exists public.opened;"
                                " create table public.opened (sealed bytea, number text)");
    fixture_load_keys(&c->fixture);
    PGconn *connection = PQconnectdb(pg_conninfo(c->fixture.pg, "postgres"));
    PGresult *rows = PQexec(connection, "select replace(id::text, '-', ''), encode(card_number, 'hex') from"
                                        " dantin.member_version where card_number is not null");
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    for (int row = 0; row < PQntuples(rows); row++) {
        uint8_t sealed[128];
        uint8_t number[128];
        char sql[512];
        struct id record;
        struct bytes view = bytes_of(sealed, (size_t)PQgetlength(rows, row, 1) / 2);
        assert_in_range(view.len, 1, sizeof sealed);
        assert_int_equal(hex_decode(PQgetvalue(rows, row, 0), record.at, ID_BYTES), ERR_OK);
        assert_int_equal(hex_decode(PQgetvalue(rows, row, 1), sealed, view.len), ERR_OK);
        struct vault_place place = vault_place_of_field(KIND_MEMBER, &record, "", "card_number");
        assert_int_equal(vault_open(c->fixture.vault, &place, view, number), ERR_OK);
        (void)snprintf(sql, sizeof sql, "insert into public.opened values ('\\x%s', '%.*s')",
                       PQgetvalue(rows, row, 1), (int)vault_plain_bytes(view), (const char *)number);
        (void)pg_ask(c->fixture.pg, sql);
    }
    PQclear(rows);
    PQfinish(connection);
}

static void write_rows(struct context *c, struct buf *out)
{
    char path[1024];
    size_t len = 0;
    const char *folder = getenv("DANTIN_SOURCE_DIR");
    open_numbers(c);
    (void)snprintf(path, sizeof path, "%s/tests/integration/data/ingest_rows.sql",
                   folder == NULL ? "." : folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *sql = read_all(file, &len);
    assert_int_equal(fclose(file), 0);
    PGconn *connection = PQconnectdb(pg_conninfo(c->fixture.pg, "postgres"));
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    const char *rows = PQgetvalue(result, 0, 0);
    test_free(sql);
    char *sorted = test_malloc(strlen(rows) + 1);
    memcpy(sorted, rows, strlen(rows) + 1);
    outcome_sort_lines(sorted, strlen(sorted));
    assert_int_equal(buf_append_text(out, sorted), ERR_OK);
    test_free(sorted);
    PQclear(result);
    PQfinish(connection);
}

static void assert_same_lines(const char *expected, const char *actual)
{
    while (*expected != '\0' || *actual != '\0') {
        size_t a = strcspn(expected, "\n");
        size_t b = strcspn(actual, "\n");
        if (a != b || memcmp(expected, actual, a) != 0) {
            fail_msg("model:      %.*s\nPostgreSQL: %.*s", (int)a, expected, (int)b, actual);
        }
        expected += a + (expected[a] == '\n');
        actual += b + (actual[b] == '\n');
    }
}

static enum err on_versions(void *context, const struct store_version *versions, size_t count,
                            struct error *ret_error)
{
    return replay_write(context, versions, count, ret_error);
}

/* The journal alone makes the same tables again: approvals, removals and all that was lost included. */
static void assert_replayed(struct context *c)
{
    char admin[1024];
    char ingest[1024];
    struct migrate_report migrated;
    struct replay *replay = NULL;
    struct pg_conn *live = NULL;
    struct pg_conn *rebuilt = NULL;
    struct replay_journal_report report;
    struct table_comparison compared;
    struct error error = {0};
    const char *base = pg_conninfo(c->fixture.pg, "postgres");
    (void)pg_ask(c->fixture.pg, "create database replayed template template0");
    assert_int_equal(database_conninfo_to(base, "postgres", "replayed", admin, sizeof admin), ERR_OK);
    assert_int_equal(database_conninfo_to(base, "dantin_ingest", "replayed", ingest, sizeof ingest), ERR_OK);
    assert_int_equal(migrate_apply(admin, LANGUAGE_EN, &migrated, &error), ERR_OK);
    assert_int_equal(replay_open(ingest, NULL, c->fixture.vault, LANGUAGE_EN, &replay, &error), ERR_OK);
    assert_int_equal(database_open(base, LANGUAGE_EN, &live, &error), ERR_OK);
    assert_int_equal(database_open(admin, LANGUAGE_EN, &rebuilt, &error), ERR_OK);
    uint64_t size = strtoull(pg_ask(c->fixture.pg, "select position from dantin.journal_head"), NULL, 10);

    enum err err =
        replay_journal_read(live, c->fixture.vault, size, LANGUAGE_EN, on_versions, replay, &report, &error);
    err = err == ERR_OK ? table_compare_all(live, rebuilt, c->fixture.vault, &compared, &error) : err;

    if (err != ERR_OK || compared.difference.kind != TABLE_SAME) {
        fail_msg("%s %s %s %s %s", err_name(err), error.text, compared.difference.table,
                 compared.difference.keys[0], compared.difference.column);
    }
    char state[HASH_HEX_BYTES];
    hex_encode(bytes_of(report.state.at, HASH_BYTES), state);
    assert_string_equal(pg_ask(c->fixture.pg, "select encode(state, 'hex') from dantin.journal_head"), state);
    assert_true(compared.rows > SUBMISSIONS && report.versions > SUBMISSIONS);
    replay_free(replay);
    PQfinish(live);
    PQfinish(rebuilt);
}

/* What the province's database ends up with is what the plain reading of the rules says, whatever breaks on
 * the way. */
static void ingest__random_schedule_on_postgresql__same_as_model(void **state)
{
    (void)state;
    static struct context c;
    uint64_t seed = seed_of_test();
    struct prng prng;
    struct buf actual;
    prng_init(&prng, seed);
    buf_init(&actual, TEXT_BYTES_MAX);
    char *expected = expected_of(seed);
    open_context(&c, seed);

    offer_all(&c, &prng);

    for (size_t i = 0; i < c.schedule.item_count; i++) {
        assert_int_equal(c.answers[i].count, 1);
        assert_int_equal(buf_append(&actual, buf_content(&c.lines[i])), ERR_OK);
    }
    write_rows(&c, &actual);
    assert_int_equal(buf_append(&actual, bytes_of("", 1)), ERR_OK);
    assert_same_lines(expected, (const char *)buf_content(&actual).at);
    assert_replayed(&c);
    test_free(expected);
    buf_release(&actual);
    close_context(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ingest__random_schedule_on_postgresql__same_as_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
