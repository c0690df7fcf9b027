/* Consolidated queries: dates, positions, units, localities and traces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/embed.h"
#include "tests/integration/lib/query_fixture.h"

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
        cmocka_unit_test(store_query_run__every_indicator__has_a_trace),
    };
    return cmocka_run_group_tests(tests, query_fixture_open, query_fixture_close);
}
