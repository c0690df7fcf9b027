/* Reading indicator files and compiling their statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/embed.h"
#include "common/crypto/hash.h"
#include "common/record/date.h"
#include "server/store/query_sql.h"
#include "server/store/statements.h"

enum { ARENA_BYTES = 1 << 20 };

#define HEAD                                                                                                    \
    "-- indicator: x\n-- name: Tên | Name\n-- unit: người | persons\n-- clause: 1\n-- column: n | integer " \
    "| Số | Count\n"
#define PART "with f as (select 1)"
#define ANSWER "\nselect 1 where $1::uuid is null and $2::date is null"
#define TRACE "\n-- trace: member, office\nselect 'member', m.id, m.branch from member_at m\n"
#define BODY PART ANSWER TRACE

static const char *no_part(const char *path)
{
    (void)path;
    return NULL;
}

static const char *some_part(const char *path)
{
    return strcmp(path, "queries/part_tree.sql") == 0 ? "-- comment\n\nt as (select 1 from {branch})\n"
                                                      : NULL;
}

static enum err parse(struct arena *arena, const char *text, struct indicator *ret_indicator,
                      struct error *ret_error)
{
    return indicator_parse("indicators/x.sql", bytes_of_text(text), some_part, arena, ret_indicator,
                           ret_error);
}

/* Every indicator we ship parses, and compiles by each of its dimensions, now and in the past, in both
 * languages. */
static void indicator_parse__shipped_files__parse_and_compile(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct embedded_file *file = embedded_sql; file->path != NULL; file++) {
        if (strncmp(file->path, "indicators/", 11) != 0) {
            continue;
        }
        struct arena arena;
        struct indicator indicator;
        struct error error = {0};
        arena_init(&arena, 8 * ARENA_BYTES);
        if (indicator_parse(file->path, bytes_of(file->at, file->len), embedded_sql_text, &arena, &indicator,
                            &error) != ERR_OK) {
            fail_msg("%s", error.text);
        }
        for (size_t i = 0; i < indicator.column_count; i++) { /* a year has no thousands */
            assert_false(strcmp(indicator.columns[i].name, "year") == 0 &&
                         strcmp(indicator.columns[i].type, "integer") == 0);
        }
        for (size_t i = 0; i <= indicator.dimension_count; i++) {
            struct query_choice choice;
            const char *bad = NULL;
            const char *by[] = {i > 0 ? indicator.dimensions[i - 1].name : NULL};
            assert_int_equal(query_choose(&indicator, by, i > 0, &choice, &bad), ERR_OK);
            for (int way = 0; way < 8; way++) {
                const char *sql = NULL;
                bool has_period = indicator.period != PERIOD_NONE;
                choice.has_position = (way & 1) != 0;
                choice.language = (way & 2) != 0 ? LANGUAGE_EN : LANGUAGE_VI;
                choice.is_trace = (way & 4) != 0;
                assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
                assert_null(strchr(sql, '{'));
                assert_int_equal(strstr(sql, "$3") != NULL, choice.has_position || has_period);
                assert_int_equal(strstr(sql, "$4") != NULL, choice.has_position && has_period);
            }
        }
        arena_release(&arena);
        count++;
    }
    assert_true(count >= 3);
}

/* Sensitive fields never become dimensions, whatever the file says it takes. */
static void indicator_parse__fields_of_member__no_sensitive_ones(void **state)
{
    (void)state;
    struct arena arena;
    struct indicator indicator;
    struct error error = {0};
    arena_init(&arena, ARENA_BYTES);

    assert_int_equal(parse(&arena, HEAD "-- fields: member\n" BODY, &indicator, &error), ERR_OK);

    assert_non_null(indicator_find_dimension(&indicator, "sex"));
    assert_non_null(indicator_find_dimension(&indicator, "political_theory"));
    assert_null(indicator_find_dimension(&indicator, "ethnicity"));
    assert_null(indicator_find_dimension(&indicator, "religion"));
    assert_null(indicator_find_dimension(&indicator, "name"));
    assert_null(indicator_find_dimension(&indicator, "birth_date"));
    arena_release(&arena);
}

/* The header is what people see of an indicator: each part arrives where it belongs. */
static void indicator_parse__whole_header__each_part(void **state)
{
    (void)state;
    struct arena arena;
    struct indicator indicator;
    struct error error = {0};
    arena_init(&arena, ARENA_BYTES);

    assert_int_equal(
        parse(
            &arena,
            HEAD
            "-- period: quarter\n-- dimension: d | Chiều | Dimension | values a=Một=One; b=Hai=Two\n"
            "-- dimension: s | Đơn vị | Sender | branch\n-- dimension: k | Loại | Kind | codes branch_kind\n"
            "-- explanation: of whatever\nwith {tree} select {from}" ANSWER TRACE,
            &indicator, &error),
        ERR_OK);

    assert_string_equal(indicator.id, "x");
    assert_string_equal(indicator.name[LANGUAGE_VI], "Tên");
    assert_string_equal(indicator.unit[LANGUAGE_EN], "persons");
    assert_string_equal(indicator.clause, "1");
    assert_int_equal(indicator.column_count, 1);
    assert_string_equal(indicator.columns[0].label[LANGUAGE_EN], "Count");
    assert_int_equal(indicator.dimension_count, 3);
    assert_int_equal(indicator.dimensions[0].value_count, 2);
    assert_string_equal(indicator.dimensions[0].values[1].name[LANGUAGE_VI], "Hai");
    assert_int_equal(indicator.dimensions[1].source, DIMENSION_BRANCH);
    assert_string_equal(indicator.dimensions[2].list, "branch_kind");
    assert_int_equal(indicator.period, PERIOD_QUARTER);
    assert_string_equal(indicator.statement, "with t as (select 1 from {branch}) select {from}" ANSWER);
    assert_string_equal(indicator.statement + indicator.common_len, ANSWER);
    assert_string_equal(indicator.trace, "select 'member', m.id, m.branch from member_at m");
    assert_int_equal(indicator.trace_kind_count, 2);
    assert_ptr_equal(indicator.trace_kinds[1], schema_of(KIND_OFFICE));
    arena_release(&arena);
}

/* The hash names the whole definition: the file and every shared part it uses. */
static void indicator_parse__part_changes__other_hash(void **state)
{
    (void)state;
    static const char text[] = HEAD "with {tree} " ANSWER TRACE;
    static const char part[] = "-- comment\n\nt as (select 1 from {branch})\n";
    struct bytes whole[] = {bytes_of_text(text), bytes_of_text(part)};
    struct arena arena;
    struct indicator indicator;
    struct error error = {0};
    arena_init(&arena, ARENA_BYTES);

    assert_int_equal(parse(&arena, text, &indicator, &error), ERR_OK);

    struct hash expected = hash_of(whole, 2);
    assert_true(hash_equal(&indicator.hash, &expected));
    arena_release(&arena);
}

/* A slip in a file is found at start, with the file's name, not when somebody asks. */
static void indicator_parse__bad_files__refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        BODY,
        HEAD,
        HEAD PART "\nselect 1 where $1::uuid is null" TRACE,
        HEAD PART "\nselect $2::date" TRACE,
        HEAD PART ANSWER "; select 2" TRACE,
        HEAD "select 1" ANSWER TRACE,
        HEAD PART ANSWER,
        HEAD PART ANSWER "\n-- trace: nobody\nselect 1",
        HEAD PART ANSWER "\n-- trace:\nselect 1",
        HEAD PART ANSWER "\n-- trace: member\nwith x as (select 1) select 1",
        HEAD PART ANSWER "\n-- trace: member\nselect 1; select 2",
        HEAD "-- period: week\n" PART "select {from}" ANSWER TRACE,
        HEAD "-- period: year\n" BODY,
        HEAD PART "select {from}" ANSWER TRACE,
        HEAD "-- column: n | float | Số | Count\n" BODY,
        HEAD "-- column: n | integer | Số\n" BODY,
        HEAD "-- dimension: d | a | b | elsewhere\n" BODY,
        HEAD "-- dimension: d | a | b | values a=1\n" BODY,
        HEAD "-- dimension: d | a | b | branch\n-- dimension: d | a | b | branch\n" BODY,
        HEAD "-- fields: nobody\n" BODY,
        HEAD "-- indicator: y\n" BODY,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct arena arena;
        struct indicator indicator = {.id = "untouched"};
        struct error error = {0};
        arena_init(&arena, ARENA_BYTES);
        assert_int_equal(parse(&arena, bad[i], &indicator, &error), ERR_MALFORMED);
        assert_non_null(strstr(error.text, "indicators/x.sql"));
        assert_string_equal(indicator.id, "untouched");
        arena_release(&arena);
    }
    struct arena arena;
    struct indicator indicator;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(
        indicator_parse("queries/x.sql", bytes_of_text(HEAD BODY), no_part, &arena, &indicator, NULL),
        ERR_MALFORMED);
    arena_release(&arena);
}

/* What the markers become: the current table or the versions in force, and the condition that joins a list's
 * rows. */
static void query_compile__markers__now_and_at_a_position(void **state)
{
    (void)state;
    struct arena arena;
    struct indicator indicator;
    struct query_choice choice;
    const char *bad = NULL;
    const char *sql = NULL;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(parse(&arena,
                           HEAD PART "\nselect {say Tổng|Total} from {member} m join {member_branch} e on "
                                     "{of e m} where {position} > 0 "
                                     "and $1::uuid is null and $2::date is null" TRACE,
                           &indicator, NULL),
                     ERR_OK);
    assert_int_equal(query_choose(&indicator, NULL, 0, &choice, &bad), ERR_OK);

    choice.language = LANGUAGE_EN;
    assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
    assert_non_null(strstr(sql,
                           "select 'Total' from read.member m join read.member_branch e on e.id = m.id where "
                           "(select position from read.journal_head) > 0"));
    choice.has_position = true;
    choice.language = LANGUAGE_VI;
    assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
    assert_non_null(strstr(sql, "'Tổng'"));
    assert_non_null(strstr(
        sql, "from read.member_version where since < $3::bigint and (until is null or until >= $3::bigint) "
             "and not removed) m"));
    assert_non_null(strstr(
        sql, "join read.member_branch_version e on e.id = m.id and e.since = m.since where $3::bigint > 0"));
    arena_release(&arena);
}

/* Any kind and any list of the schema is a table, without a line of code for it. */
static void query_compile__every_kind_and_list__a_table(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        for (size_t i = 0; i <= schema->list_count; i++) {
            struct arena arena;
            struct indicator indicator;
            struct query_choice choice;
            char name[128];
            char text[1024];
            char expected[256];
            const char *bad = NULL;
            const char *sql = NULL;
            arena_init(&arena, ARENA_BYTES);
            (void)snprintf(name, sizeof name, "%s%s%s", schema->name, i > 0 ? "_" : "",
                           i > 0 ? schema->lists[i - 1].name : "");
            (void)snprintf(text, sizeof text, "%s%s%s or exists (select from {%s})%s", HEAD, PART, ANSWER,
                           name, TRACE);
            assert_int_equal(parse(&arena, text, &indicator, NULL), ERR_OK);
            assert_int_equal(query_choose(&indicator, NULL, 0, &choice, &bad), ERR_OK);

            assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
            (void)snprintf(expected, sizeof expected, "(select from read.%s)", name);
            assert_non_null(strstr(sql, expected));
            choice.has_position = true;
            assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
            (void)snprintf(expected, sizeof expected, "from read.%s_version", name);
            assert_non_null(strstr(sql, expected));
            arena_release(&arena);
        }
    }
}

/* A period takes the parameter after the position's; unless asked for it begins with the year, quarter or month. */
static void query_compile__period__next_parameter(void **state)
{
    (void)state;
    static const struct {
        enum indicator_period period;
        const char *start;
    } cases[] = {{PERIOD_YEAR, "2024-01-01"}, {PERIOD_QUARTER, "2024-10-01"}, {PERIOD_MONTH, "2024-12-01"}};
    struct arena arena;
    struct indicator indicator;
    struct query_choice choice;
    const char *bad = NULL;
    const char *sql = NULL;
    int32_t date = 0;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(
        parse(&arena, HEAD "-- period: year\nwith f as (select {from})" ANSWER TRACE, &indicator, NULL),
        ERR_OK);
    assert_int_equal(query_choose(&indicator, NULL, 0, &choice, &bad), ERR_OK);

    assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
    assert_non_null(strstr(sql, "with f as (select $3::date)"));
    choice.has_position = true;
    assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);
    assert_non_null(strstr(sql, "with f as (select $4::date)"));
    assert_int_equal(date_parse(bytes_of_text("2024-12-31"), &date), ERR_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t start = 0;
        assert_int_equal(date_parse(bytes_of_text(cases[i].start), &start), ERR_OK);
        assert_int_equal(indicator_period_start(cases[i].period, date), start);
    }
    arena_release(&arena);
}

/* The trace takes the answer's place, and the versions of its kinds stand beside it. */
static void query_compile__trace__in_place_of_the_answer(void **state)
{
    (void)state;
    struct arena arena;
    struct indicator indicator;
    struct query_choice choice;
    const char *bad = NULL;
    const char *sql = NULL;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(parse(&arena, HEAD BODY, &indicator, NULL), ERR_OK);
    assert_int_equal(query_choose(&indicator, NULL, 0, &choice, &bad), ERR_OK);
    choice.is_trace = true;

    assert_int_equal(query_compile(&choice, &arena, &sql), ERR_OK);

    assert_null(strstr(sql, "select 1 where"));
    assert_non_null(
        strstr(sql, PART ",\ntraced (kind, id, branch) as (\n    select 'member', m.id, m.branch from"));
    assert_non_null(
        strstr(sql, "select 'member', r.id, r.since from read.member r\n    union all select 'office'"));
    arena_release(&arena);
}

/* An unknown marker or table in a file is an error of ours, never SQL. */
static void query_compile__unknown_marker__malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"{nobody}",     "{member_nothing}", "{of m}",    "{say only}",
                                      "{say it's|x}", "{member",          "{members}", "{trace}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct arena arena;
        struct indicator indicator;
        struct query_choice choice;
        char text[1024];
        const char *name = NULL;
        const char *sql = "untouched";
        (void)snprintf(text, sizeof text, "%s%s%s %s%s", HEAD, PART, ANSWER, bad[i], TRACE);
        arena_init(&arena, ARENA_BYTES);
        assert_int_equal(parse(&arena, text, &indicator, NULL), ERR_OK);
        assert_int_equal(query_choose(&indicator, NULL, 0, &choice, &name), ERR_OK);
        assert_int_equal(query_compile(&choice, &arena, &sql), ERR_MALFORMED);
        assert_string_equal(sql, "untouched");
        arena_release(&arena);
    }
}

/* Unknown, twice or too many: the word at fault is named, and nothing is chosen. */
static void query_choose__bad_dimensions__named(void **state)
{
    (void)state;
    struct arena arena;
    struct indicator indicator;
    struct query_choice choice = {.by_count = 77};
    const char *bad = NULL;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(parse(&arena, HEAD "-- fields: member\n" BODY, &indicator, NULL), ERR_OK);
    const char *unknown[] = {"sex", "religion"};
    const char *twice[] = {"sex", "occupation", "sex"};

    assert_int_equal(query_choose(&indicator, unknown, 2, &choice, &bad), ERR_USAGE);
    assert_string_equal(bad, "religion");
    assert_int_equal(query_choose(&indicator, twice, 3, &choice, &bad), ERR_USAGE);
    assert_string_equal(bad, "sex");
    assert_int_equal(choice.by_count, 77);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indicator_parse__shipped_files__parse_and_compile),
        cmocka_unit_test(indicator_parse__fields_of_member__no_sensitive_ones),
        cmocka_unit_test(indicator_parse__whole_header__each_part),
        cmocka_unit_test(indicator_parse__part_changes__other_hash),
        cmocka_unit_test(indicator_parse__bad_files__refused_by_name),
        cmocka_unit_test(query_compile__markers__now_and_at_a_position),
        cmocka_unit_test(query_compile__every_kind_and_list__a_table),
        cmocka_unit_test(query_compile__period__next_parameter),
        cmocka_unit_test(query_compile__trace__in_place_of_the_answer),
        cmocka_unit_test(query_compile__unknown_marker__malformed),
        cmocka_unit_test(query_choose__bad_dimensions__named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
