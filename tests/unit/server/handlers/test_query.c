/* QUERY: defaults, parts, cancelling. */
#include "tests/unit/server/handlers/fixture.h"

#include <stdio.h>

#include "common/base/random.h"
#include "common/record/date.h"

static const struct store_column columns[] = {{"unit", "Đơn vị", "text"},
                                              {"members", "Đảng viên", "integer"}};

/* The generated structs want their texts writable; nobody writes. */
static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static void ask(uint64_t request_id, const char *indicator)
{
    Dantin__Query query = DANTIN__QUERY__INIT;

    query.indicator = text(indicator);
    fixture_send(MESSAGE_QUERY, request_id, &query);
}

/* A short answer is one part, marked last, with everything that makes it repeatable. */
static void query__short_answer__one_part_with_its_head(void **state)
{
    static const char *const cells[] = {"Bình Sơn", "123", "Trà Bồng", NULL};
    const Dantin__Rows *rows = NULL;

    (void)state;
    model_store_set_answer(fixture.world.store, columns, 2, cells, 2);
    (void)fixture_greet();
    ask(4, "member_ratio");
    rows = fixture_expect(MESSAGE_ROWS, 4);

    assert_true(rows->is_last);
    assert_int_equal(rows->n_column, 2);
    assert_string_equal(rows->column[0]->label, "Đơn vị");
    assert_string_equal(rows->definition, "member_ratio");
    assert_int_equal(rows->definition_hash.len, HASH_BYTES);
    assert_int_equal(rows->epoch.len, ID_BYTES);
    assert_int_equal(rows->position, model_store_head(fixture.world.store)->position);
    assert_int_equal(rows->date, date_of_moment(fixture.world.now_ms));
    assert_int_equal(rows->n_row, 2);
    assert_string_equal(rows->row[0]->cell[1]->text, "123");
    assert_null(rows->row[1]->cell[1]->text);
}

/* What is not stated is: the device's own sender, today, the head. */
static void query__defaults__own_sender_today_head(void **state)
{
    const struct store_query *asked = NULL;

    (void)state;
    (void)fixture_greet();
    ask(4, "composition");
    asked = model_store_last_query(fixture.world.store);

    assert_memory_equal(asked->unit.at, fixture.world.branch_a.at, ID_BYTES);
    assert_memory_equal(asked->device.at, fixture.world.a.device.at, HASH_BYTES);
    assert_int_equal(asked->date, date_of_moment(fixture.world.now_ms));
    assert_false(asked->has_position);
    assert_int_equal(asked->language, LANGUAGE_EN);
    fixture_expect_error(4, ERR_NOT_FOUND);
}

/* A question that makes no sense never reaches the store. */
static void query__malformed__rejected(void **state)
{
    Dantin__Query query = DANTIN__QUERY__INIT;
    uint8_t unit[3] = {1, 2, 3};

    (void)state;
    (void)fixture_greet();
    query.indicator = text("composition");
    query.has_unit = true;
    query.unit = (ProtobufCBinaryData){sizeof unit, unit};
    fixture_send(MESSAGE_QUERY, 5, &query);
    fixture_expect_error(5, ERR_MALFORMED);

    query.has_unit = false;
    query.has_date = true;
    query.date = INT32_MAX;
    fixture_send(MESSAGE_QUERY, 6, &query);
    fixture_expect_error(6, ERR_USAGE);
    assert_int_equal(model_store_waiting(fixture.world.store), 0);
}

/* Who sees the records of every sender says what for; in words that fit the log. A sender's device asks about its own. */
static void query__trace_by_the_province__not_without_a_purpose(void **state)
{
    char purpose[STORE_LOOK_PURPOSE_BYTES_MAX + 2];
    Dantin__Query query = DANTIN__QUERY__INIT;

    (void)state;
    (void)fixture_greet();
    query.indicator = text("composition");
    query.has_is_trace = query.is_trace = true;
    fixture_send(MESSAGE_QUERY, 4, &query);
    fixture_expect_error(4, ERR_NOT_FOUND); /* of the model store: it was asked */

    fixture_connect(fixture.world.province.public_key);
    (void)fixture_greet();
    fixture_send(MESSAGE_QUERY, 5, &query);
    assert_non_null(strstr(fixture_expect_error(5, ERR_USAGE)->text, "--purpose"));
    query.purpose = text("");
    fixture_send(MESSAGE_QUERY, 6, &query);
    fixture_expect_error(6, ERR_USAGE);
    memset(purpose, 'x', sizeof purpose - 1);
    purpose[sizeof purpose - 1] = '\0';
    query.purpose = purpose;
    fixture_send(MESSAGE_QUERY, 7, &query);
    fixture_expect_error(7, ERR_USAGE);
    assert_int_equal(model_store_waiting(fixture.world.store), 0);
    purpose[STORE_LOOK_PURPOSE_BYTES_MAX] = '\0';
    fixture_send(MESSAGE_QUERY, 8, &query);
    fixture_expect_error(8, ERR_NOT_FOUND);
}

/* The log of reads is for the province's auditors and administrators; the record asked after is an id. */
static void query__log_of_reads__by_role(void **state)
{
    Dantin__Query query = DANTIN__QUERY__INIT;
    uint8_t record[ID_BYTES] = {7};

    (void)state;
    (void)fixture_greet();
    query.indicator = text(STORE_QUERY_LOOKS);
    fixture_send(MESSAGE_QUERY, 4, &query);
    fixture_expect_error(4, ERR_FORBIDDEN);
    query.indicator = text(STORE_QUERY_LOOKED);
    query.kind = text("member");
    query.has_record = true;
    query.record = (ProtobufCBinaryData){3, record};
    fixture_send(MESSAGE_QUERY, 5, &query);
    fixture_expect_error(5, ERR_MALFORMED);
    assert_int_equal(model_store_waiting(fixture.world.store), 0);
    query.record.len = sizeof record;
    fixture_send(MESSAGE_QUERY, 6, &query);
    assert_memory_equal(model_store_last_query(fixture.world.store)->record.at, record, ID_BYTES);
    fixture_expect_error(6, ERR_NOT_FOUND); /* frees the question */
}

/* Every field of the question reaches the store as it was sent. */
static void query__every_field__reaches_the_store(void **state)
{
    char *by[] = {text("sex"), text("sender")};
    char *values[] = {text("nam"), text("nu")};
    Dantin__Filter filter = DANTIN__FILTER__INIT;
    Dantin__Filter *where[] = {&filter};
    Dantin__Query query = DANTIN__QUERY__INIT;
    const struct store_query *asked = NULL;

    (void)state;
    (void)fixture_greet();
    filter.field = text("sex");
    filter.comparison = text("=");
    filter.value = values;
    filter.n_value = 2;
    query.indicator = text("pivot");
    query.kind = text("member");
    query.sum = text("card_number");
    query.purpose = text("half-year report");
    query.by = by;
    query.n_by = 2;
    query.where = where;
    query.n_where = 1;
    query.has_date = query.has_from = query.has_is_trace = query.has_position = true;
    query.date = 19000;
    query.from = 18000;
    query.is_trace = true;
    query.position = 7;
    fixture_send(MESSAGE_QUERY, 4, &query);
    asked = model_store_last_query(fixture.world.store);

    assert_string_equal(asked->kind, "member");
    assert_string_equal(asked->sum, "card_number");
    assert_string_equal(asked->purpose, "half-year report");
    assert_int_equal(asked->by_count, 2);
    assert_string_equal(asked->by[1], "sender");
    assert_int_equal(asked->filter_count, 1);
    assert_string_equal(asked->filters[0].field, "sex");
    assert_string_equal(asked->filters[0].comparison, "=");
    assert_int_equal(asked->filters[0].value_count, 2);
    assert_string_equal(asked->filters[0].values[1], "nu");
    assert_int_equal(asked->date, 19000);
    assert_true(asked->has_from);
    assert_int_equal(asked->from, 18000);
    assert_true(asked->is_trace);
    assert_true(asked->has_position);
    assert_int_equal(asked->position, 7);
}

/* Each wrong form of a period, a list or a condition has its ERROR and never reaches the store. */
static void query__wrong_period_dimensions_or_conditions__rejected(void **state)
{
    static const struct {
        const char *indicator;
        int32_t date, from; /* 0: not stated */
        size_t by_count, where_count;
        const char *field, *comparison;
        enum err err;
    } cases[] = {
        {NULL, 19000, 0, 0, 0, NULL, NULL, ERR_MALFORMED},
        {"flow", DATE_MIN - 1, 0, 0, 0, NULL, NULL, ERR_USAGE},
        {"flow", DATE_MAX + 1, 0, 0, 0, NULL, NULL, ERR_USAGE},
        {"flow", 0, DATE_MIN - 1, 0, 0, NULL, NULL, ERR_USAGE},
        {"flow", 0, DATE_MAX + 1, 0, 0, NULL, NULL, ERR_USAGE},
        {"pivot", 0, 0, STORE_QUERY_DIMENSIONS_MAX + 1, 0, NULL, NULL, ERR_USAGE},
        {"pivot", 0, 0, 0, STORE_QUERY_FILTERS_MAX + 1, "sex", "=", ERR_USAGE},
        {"pivot", 0, 0, 0, 1, NULL, "=", ERR_MALFORMED},
        {"pivot", 0, 0, 0, 1, "sex", NULL, ERR_MALFORMED},
    };
    char *by[STORE_QUERY_DIMENSIONS_MAX + 1];
    Dantin__Filter *where[STORE_QUERY_FILTERS_MAX + 1];

    (void)state;
    (void)fixture_greet();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Dantin__Filter filter = DANTIN__FILTER__INIT;
        Dantin__Query query = DANTIN__QUERY__INIT;

        filter.field = text(cases[i].field);
        filter.comparison = text(cases[i].comparison);
        for (size_t j = 0; j <= STORE_QUERY_DIMENSIONS_MAX; j++) {
            by[j] = text("sex");
        }
        for (size_t j = 0; j <= STORE_QUERY_FILTERS_MAX; j++) {
            where[j] = &filter;
        }
        query.indicator = text(cases[i].indicator);
        query.has_date = cases[i].date != 0;
        query.date = cases[i].date;
        query.has_from = cases[i].from != 0;
        query.from = cases[i].from;
        query.by = by;
        query.n_by = cases[i].by_count;
        query.where = where;
        query.n_where = cases[i].where_count;
        fixture_send(MESSAGE_QUERY, 10 + i, &query);
        assert_int_equal(model_store_waiting(fixture.world.store), 0);
        fixture_expect_error(10 + i, cases[i].err);
    }
}

/* The store's sentence reaches the client. */
static void query__store_explains__sentence_is_passed_on(void **state)
{
    (void)state;
    model_store_fail(fixture.world.store, MODEL_QUERY, 1, ERR_USAGE);
    (void)fixture_greet();
    ask(4, "composition");

    assert_string_equal(fixture_expect_error(4, ERR_USAGE)->text, "unknown dimension");
}

enum { ROW_COUNT = 20000, TEXT_BYTES = 24 };

/* Every query is answered by more than a session sends unread. Returns the texts of the first column. */
static char (*set_long_answer(void))[TEXT_BYTES]
{
    char(*texts)[TEXT_BYTES] = arena_alloc(&fixture.world.arena, sizeof *texts * ROW_COUNT);
    const char **cells = arena_alloc(&fixture.world.arena, sizeof *cells * ROW_COUNT * 2);
    struct prng prng;

    prng_init(&prng, 1);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        (void)snprintf(texts[i], TEXT_BYTES, "%llu", (unsigned long long)prng_next(&prng));
        cells[2 * i] = texts[i];
        cells[2 * i + 1] = texts[ROW_COUNT - 1 - i];
    }
    model_store_set_answer(fixture.world.store, columns, 2, cells, ROW_COUNT);
    return texts;
}

/* A long answer comes in bounded parts, in order, without a row lost or doubled; only the first carries the
 * columns. */
static void query__long_answer__parts_make_the_whole(void **state)
{
    char(*texts)[TEXT_BYTES] = set_long_answer();
    size_t row_count = 0;
    size_t part_count = 0;
    bool is_last = false;

    (void)state;
    (void)fixture_greet();
    ask(4, "composition");
    while (!is_last) {
        const Dantin__Rows *rows = fixture_expect(MESSAGE_ROWS, 4);

        assert_int_equal(rows->n_column, part_count == 0 ? 2 : 0);
        for (size_t i = 0; i < rows->n_row; i++) {
            assert_string_equal(rows->row[i]->cell[0]->text, texts[row_count]);
            row_count++;
        }
        assert_true(session_output(fixture.session)->len < SESSION_OUTPUT_HIGH_BYTES + 131072);
        is_last = rows->is_last;
        part_count++;
    }

    assert_int_equal(row_count, ROW_COUNT);
    assert_true(part_count > 10);
}

static void read_whole_answer(uint64_t request_id)
{
    const Dantin__Rows *rows = NULL;

    do {
        rows = fixture_expect(MESSAGE_ROWS, request_id);
    } while (!rows->is_last);
}

/* Answers nobody reads hold memory: all sessions together only so much, whoever comes after that is asked to come again. */
static void query__slow_readers_of_big_answers__busy_beyond_the_limit(void **state)
{
    struct session *slow = NULL;
    int64_t refused = metric_value(METRIC_QUERY_ANSWERS_REFUSED);
    const Dantin__Error *error = NULL;

    (void)state;
    (void)set_long_answer();
    model_store_set_answer_bytes(fixture.world.store, QUERY_ANSWERS_BYTES_MAX / 5 * 4);
    (void)fixture_greet();
    ask(4, "composition");
    model_world_settle(&fixture.world);
    assert_int_equal(metric_value(METRIC_QUERY_ANSWER_BYTES), QUERY_ANSWERS_BYTES_MAX / 5 * 4);
    slow = fixture.session;
    fixture.session = NULL;

    fixture_connect(fixture.world.b.public_key);
    (void)fixture_greet();
    ask(5, "composition");
    error = fixture_expect_error(5, ERR_BUSY);
    assert_true(error->may_retry);
    assert_true(error->retry_after_ms > 0);
    assert_int_equal(metric_value(METRIC_QUERY_ANSWERS_REFUSED), refused + 1);

    /* The slow one goes away; there is room again, and nothing is left over. One answer alone is never too big. */
    session_free(slow);
    assert_int_equal(fixture.context.answer_bytes, 0);
    model_store_set_answer_bytes(fixture.world.store, (size_t)2 * QUERY_ANSWERS_BYTES_MAX);
    ask(6, "composition");
    read_whole_answer(6);
    assert_int_equal(fixture.context.answer_bytes, 0);
    assert_int_equal(metric_value(METRIC_QUERY_ANSWER_BYTES), 0);
}

/* CANCEL reaches the store, and the request is answered once. */
static void query__cancelled_while_asked__error_cancelled(void **state)
{
    static const char *const cells[] = {"Bình Sơn", "123"};
    Dantin__Cancel cancel = DANTIN__CANCEL__INIT;
    enum message_type type;
    uint64_t request_id;

    (void)state;
    model_store_set_answer(fixture.world.store, columns, 2, cells, 1);
    (void)fixture_greet();
    ask(4, "composition");
    fixture_send(MESSAGE_CANCEL, 4, &cancel);

    fixture_expect_error(4, ERR_CANCELLED);
    assert_null(fixture_take(&type, &request_id));
}

/* The line breaks before the answer: it is given back, unread. */
static void query__line_lost_while_asked__answer_freed(void **state)
{
    static const char *const cells[] = {"Bình Sơn", "123"};

    (void)state;
    model_store_set_answer(fixture.world.store, columns, 2, cells, 1);
    (void)fixture_greet();
    ask(4, "composition");
    session_on_lost(fixture.session);
    model_world_settle(&fixture.world);
}

#define QUERY_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUERY_TEST(query__short_answer__one_part_with_its_head),
        QUERY_TEST(query__defaults__own_sender_today_head),
        QUERY_TEST(query__malformed__rejected),
        QUERY_TEST(query__trace_by_the_province__not_without_a_purpose),
        QUERY_TEST(query__log_of_reads__by_role),
        QUERY_TEST(query__every_field__reaches_the_store),
        QUERY_TEST(query__wrong_period_dimensions_or_conditions__rejected),
        QUERY_TEST(query__store_explains__sentence_is_passed_on),
        QUERY_TEST(query__long_answer__parts_make_the_whole),
        QUERY_TEST(query__slow_readers_of_big_answers__busy_beyond_the_limit),
        QUERY_TEST(query__cancelled_while_asked__error_cancelled),
        QUERY_TEST(query__line_lost_while_asked__answer_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#undef QUERY_TEST
