/* Consolidated queries: questions, dimensions and scope, against a province whose totals were worked out by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/embed.h"
#include "tests/integration/lib/query_fixture.h"

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

/* Who has submitted what, what waits for mending (a change made good by a later version no longer does), and what for a second
 * person. */
static void submission_status__province__by_hand(void **state)
{
    (void)state;
    struct question question = {"submission_status", DEVICE_PROVINCE, UNIT_PROVINCE, "30/06/2022", -1, {NULL},
                                LANGUAGE_VI};

    expect(question, "A|1|2|1656600000004|4|6|1|0|1\n"
                     "B|1|1|1656600000002|2|9|0|1|1\n"
                     "C|1|1|1656600000003|3|3|0|0|0\n");
    question.position =
        2; /* B has not submitted yet; member 104 and the task are not mended, A's sheet is not approved yet */
    expect(question, "A|1|1|1656600000001|1|7|2|1|2\n"
                     "B|0|0|-|-|5|0|0|0\n"
                     "C|0|0|-|-|1|0|0|0\n");
    question =
        (struct question){"submission_status", DEVICE_A, UNIT_A, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    expect(question, "A|1|2|1656600000004|4|6|1|0|1\n");
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
    expect(question, "A|1|2|1656600000004|4|1|1|0|1\n"
                     "A-N|0|0|-|-|7|0|0|0\n");
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

    expect(question, "Số thẻ đảng viên|1|A|A-6|2\n"
                     "Số thẻ đảng viên|1|B|B-9|2\n");
    question.position = 4; /* member 102 is not removed yet */
    expect(question, "Số thẻ đảng viên|1|A|A-6|3\n"
                     "Số thẻ đảng viên|1|A|A-6|3\n"
                     "Số thẻ đảng viên|1|B|B-9|3\n");
    question =
        (struct question){"duplicate_numbers", DEVICE_B, UNIT_B, "30/06/2022", -1, {NULL}, LANGUAGE_VI};
    expect(question, "");
    question.device = DEVICE_PROVINCE; /* who moved on 01/01/2022 is there twice until then */
    question.unit = UNIT_PROVINCE;
    question.date = "31/12/2021";
    expect(question, "Số thẻ đảng viên|1|A|A-6|2\n"
                     "Số thẻ đảng viên|1|B|B-9|2\n"
                     "Số thẻ đảng viên|2|B|B-9|2\n"
                     "Số thẻ đảng viên|2|C|C-10|2\n");
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
        store_query_run(query_store, &query, &numbers[i], on_answer, &replies[i]);
        assert_true(numbers[i] != 0);
    }
    for (size_t i = 0; i < QUERIES; i += 2) {
        store_query_cancel(query_store, numbers[i]);
    }
    store_query_cancel(query_store, 0);
    store_query_cancel(query_store, UINT64_MAX);

    int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS_MAX;
    size_t answered = 0;
    while (answered < QUERIES && clock_monotonic_ms() < deadline_ms) {
        (void)uv_run(&query_loop, UV_RUN_ONCE);
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
        cmocka_unit_test(indicators__list__every_file),
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
    return cmocka_run_group_tests(tests, query_fixture_open, query_fixture_close);
}
