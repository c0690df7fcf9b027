/* Sensitive figures: who gets them, of what, and what is noted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "server/store/database.h"
#include "tests/integration/lib/query_fixture.h"

static long looks(const char *where)
{
    char sql[256];
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    struct error error = {0};
    struct pg_conn *connection = NULL;
    struct pg_result *rows = NULL;
    cluster_conninfo(query_cluster, CLUSTER_ROLE_ADMIN, admin);
    (void)snprintf(sql, sizeof sql, "select count(*) from dantin.look where what = 'exact' and %s", where);
    assert_int_equal(database_open(admin, LANGUAGE_EN, &connection, &error), ERR_OK);
    if (database_run(connection, sql, NULL, 0, &rows, &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    long count = strtol(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    PQfinish(connection);
    return count;
}

/* Exact figures add up to all members, whatever the date and the position; every look is noted as such, and only there. */
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
        looks("dimensions = 'ethnicity,sex?' and definition = 'pivot' and position = 4 and date = "
              "'2022-06-29' and "
              "unit = '00000000-0000-0000-0000-000000000002' and device = decode(lpad('5', 64, '0'), 'hex')"),
        1);
    question.by[0] = "sex"; /* nothing sensitive, not noted as such */
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
    question.device = DEVICE_C; /* two members, both of 01: their number is known, so hiding tells it */
    question.unit = UNIT_C;
    assert_int_equal(ask_pivot(&question, "member", NULL, 0, NULL).err, ERR_FORBIDDEN);
    question.device = DEVICE_B;
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

/* Everybody of B and nobody else has a religion: six would be shown, and the trace says who the members of B are. */
static void religious_members__all_of_a_unit__hidden(void **state)
{
    (void)state;
    char admin[CLUSTER_CONNINFO_BYTES_MAX];
    struct error error = {0};
    struct pg_conn *connection = NULL;
    cluster_conninfo(query_cluster, CLUSTER_ROLE_ADMIN, admin);
    assert_int_equal(database_open(admin, LANGUAGE_EN, &connection, &error), ERR_OK);
    if (database_run_script(connection,
                            "update dantin.member set religion = case when right(branch_branch::text, 2)"
                            " in ('08', '09', '0b') then '01' else '00' end",
                            &error) != ERR_OK) {
        fail_msg("%s", error.text);
    }
    PQfinish(connection);
    struct question question = {"religious_members", DEVICE_EXACT, UNIT_PROVINCE, "30/06/2022", -1, {NULL},
                                LANGUAGE_EN};

    expect(question, "Tỉnh|1|0|0.00\nA|3|0|0.00\nB|6|6|100.00\nC|2|0|0.00\nTotal|12|6|50.00\n");
    question.device = DEVICE_PROVINCE;
    expect(question, "Tỉnh|1|0|0.00\nA|3|0|0.00\nB|6|-|-\nC|2|0|0.00\nTotal|12|-|-\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pivot__sensitive_for_who_may__exact_and_noted),
        cmocka_unit_test(pivot__sensitive_for_others__fixed_tables),
        cmocka_unit_test(religious_members__all_of_a_unit__hidden), /* last: it changes the province */
    };
    return cmocka_run_group_tests(tests, query_fixture_open, query_fixture_close);
}
