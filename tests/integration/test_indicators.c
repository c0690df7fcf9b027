/* What must hold of the indicators whatever the records are: on a province at random, its seed printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/embed.h"
#include "common/base/random.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/schema.h"
#include "tests/integration/lib/store_fixture.h"
#include "tests/lib/seed.h"

enum {
    SCRIPT_BYTES_MAX = 1 << 16,
    TABLE_BYTES_MAX = 1 << 18,
    INDICATORS_MAX = 64,
    KIND_RECORDS = 200,
    CHANGES = 10000,
    PERIODS = 8
};

static struct store_fixture fixture;
static struct prng prng;
static char script[SCRIPT_BYTES_MAX];

struct reply {
    bool is_done;
    enum err err;
    char sentence[256];
    struct store_answer *answer;
};

static void on_answer(void *context, enum err err, const char *sentence, struct store_answer *answer)
{
    struct reply *reply = context;
    reply->is_done = true;
    reply->err = err;
    reply->answer = answer;
    (void)snprintf(reply->sentence, sizeof reply->sentence, "%s", sentence != NULL ? sentence : "");
}

static int32_t day(const char *text)
{
    int32_t days = 0;
    assert_int_equal(date_parse(bytes_of_text(text), &days), ERR_OK);
    return days;
}

static struct store_query question_of(const char *indicator, int32_t date)
{
    struct store_query query = {.indicator = indicator, .date = date, .language = LANGUAGE_EN};
    query.device.at[HASH_BYTES - 1] = 1;
    query.unit.at[ID_BYTES - 1] = 1;
    return query;
}

static struct store_answer *ask(const struct store_query *query)
{
    struct reply reply = {0};
    uint64_t number = 0;
    store_query_run(fixture.store, query, &number, on_answer, &reply);
    fixture_wait(&fixture, &reply.is_done);
    if (reply.err != ERR_OK) {
        fail_msg("%s: %s %s", query->indicator, err_name(reply.err), reply.sentence);
    }
    return reply.answer;
}

static long cell_number(const struct store_answer *answer, size_t row, const char *column)
{
    for (size_t i = 0; i < answer->column_count; i++) {
        if (strcmp(answer->columns[i].name, column) == 0) {
            struct bytes cell = store_answer_cell(answer, row, i);
            assert_non_null(cell.at);
            return strtol((const char *)cell.at, NULL, 10);
        }
    }
    fail_msg("no column %s", column);
    return 0;
}

/* The row whose code is that of `row` of `other`; the total has none. */
static size_t row_like(const struct store_answer *answer, const struct store_answer *other, size_t row)
{
    struct bytes code = store_answer_cell(other, row, 1);
    for (size_t i = 0; i < answer->row_count; i++) {
        struct bytes found = store_answer_cell(answer, i, 1);
        if ((found.at == NULL) == (code.at == NULL) && (code.at == NULL || bytes_equal(found, code))) {
            return i;
        }
    }
    fail_msg("a row is missing");
    return 0;
}

/* The bytes of an answer. */
static void text_of(const struct store_query *query, char out[TABLE_BYTES_MAX])
{
    struct store_answer *answer = ask(query);
    size_t len = 0;
    out[0] = '\0';
    for (size_t row = 0; row < answer->row_count; row++) {
        for (size_t column = 0; column < answer->column_count; column++) {
            struct bytes cell = store_answer_cell(answer, row, column);
            len += (size_t)snprintf(out + len, TABLE_BYTES_MAX - len, "%.*s%s",
                                    cell.at != NULL ? (int)cell.len : 1,
                                    cell.at != NULL ? (const char *)cell.at : "-",
                                    column + 1 < answer->column_count ? "|" : "\n");
            assert_true(len < TABLE_BYTES_MAX);
        }
    }
    store_answer_free(answer);
}

static size_t indicators(const char *ret_ids[INDICATORS_MAX])
{
    static char names[INDICATORS_MAX][64];
    size_t count = 0;
    for (const struct embedded_file *file = embedded_sql; file->path != NULL; file++) {
        if (strncmp(file->path, "indicators/", 11) == 0) {
            assert_true(count < INDICATORS_MAX);
            (void)snprintf(names[count], sizeof names[count], "%s", file->path + 11);
            *strstr(names[count], ".sql") = '\0';
            ret_ids[count] = names[count];
            count++;
        }
    }
    return count;
}

/* ---- the province ---- */

static size_t put(size_t len, const char *format, ...) PRINTF_LIKE(2, 3);

static size_t put(size_t len, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(script + len, sizeof script - len, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && len + (size_t)written < sizeof script);
    return len + (size_t)written;
}

/* The records of a kind are numbered from here on, and so many. */
static int first_of(enum record_kind kind)
{
    return kind == KIND_BRANCH     ? 1
           : kind == KIND_LOCALITY ? 1001
           : kind == KIND_MEMBER   ? 5001
                                   : 100000 * (int)kind;
}

static int count_of(enum record_kind kind)
{
    return kind == KIND_BRANCH ? 53 : kind == KIND_LOCALITY ? 45 : kind == KIND_MEMBER ? 1500 : KIND_RECORDS;
}

/* A random value of the type, as SQL. Dates lie in 2013–2025, references name records that are there. */
static size_t put_value(size_t len, const struct field_schema *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return put(len, field_is_sealed(field) ? "'\\x01'::bytea" : "'x' || floor(random() * 1000)");
    case FIELD_CODE:
        len = put(len, "(array[null");
        for (size_t i = 0; codes_at(i) != NULL; i++) {
            len = strcmp(codes_at(i)->list, field->list) == 0 ? put(len, ", '%s'", codes_at(i)->code) : len;
        }
        return put(len, "]::text[])[1 + floor(random() * 20)]");
    case FIELD_DATE:
        return put(len,
                   "case when random() < 0.9 then '2013-01-01'::date + floor(random() * 4500)::integer end");
    case FIELD_BOOLEAN:
        return put(len, "random() < 0.5");
    case FIELD_REFERENCE:
        return put(len, "pg_temp.u(%d + floor(random() * %d)::integer)",
                   first_of(schema_of_name(field->list)->kind), count_of(schema_of_name(field->list)->kind));
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        return put(len, "floor(random() * 100)::bigint");
    }
    return len;
}

/* Versions from `since` on for the records of a kind that are numbered [first, first + count). */
static void add_versions(const struct kind_schema *schema, int first, int count, int since)
{
    size_t len = put(0, "insert into dantin.%s_version (id, version, since, removed", schema->name);
    for (size_t i = 0; i < schema->field_count; i++) {
        len = put(len, ", %s", schema->fields[i].name);
        len = field_is_blind(&schema->fields[i]) ? put(len, ", %s_blind", schema->fields[i].name) : len;
    }
    len = put(len, ") select pg_temp.u(n), pg_temp.u(n + 50000 * %d), %d, false", since, since);
    for (size_t i = 0; i < schema->field_count; i++) {
        len = put_value(put(len, ", "), &schema->fields[i]);
        len = field_is_blind(&schema->fields[i])
                  ? put(len, ", convert_to('x' || floor(random() * 1000), 'UTF8')")
                  : len;
    }
    (void)put(len, " from generate_series(%d, %d) n", first, first + count - 1);
    (void)pg_ask(fixture.pg, script);
    for (size_t list = 0; list < schema->list_count; list++) {
        const struct list_schema *shape = &schema->lists[list];
        if (shape->shape == LIST_EDGE) {
            continue;
        }
        len = put(0, "insert into dantin.%s_%s_version (id, since, element", schema->name, shape->name);
        for (size_t i = 0; i < shape->item_count; i++) {
            len = put(len, ", %s_%s", shape->name, shape->items[i].name);
        }
        len = put(len, ") select pg_temp.u(n), %d, k", since);
        for (size_t i = 0; i < shape->item_count; i++) {
            len = put_value(put(len, ", "), &shape->items[i]);
        }
        (void)put(len, " from generate_series(%d, %d) n, generate_series(0, 3) k", first, first + count - 1);
        (void)pg_ask(fixture.pg, script);
    }
}

/* Current rows are those of the versions without an end. */
static void refresh_current(void)
{
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        (void)put(0,
                  "do $$ declare c text; t text; begin"
                  " select string_agg(quote_ident(attname), ', ') into c from pg_attribute"
                  " where attrelid = 'dantin.%s'::regclass and attnum > 0 and not attisdropped;"
                  " execute format('truncate dantin.%s; insert into dantin.%s (%%s) select %%s from "
                  "dantin.%s_version"
                  " where until is null and not removed', c, c); end $$",
                  schema->name, schema->name, schema->name, schema->name);
        (void)pg_ask(fixture.pg, script);
        for (size_t list = 0; list < schema->list_count; list++) {
            (void)put(0,
                      "do $$ declare c text; begin"
                      " select string_agg(quote_ident(attname), ', ') into c from pg_attribute"
                      " where attrelid = 'dantin.%s_%s'::regclass and attnum > 0 and not attisdropped;"
                      " execute format('truncate dantin.%s_%s; insert into dantin.%s_%s (%%s) select %%s from"
                      " dantin.%s_%s_version v where exists (select from dantin.%s k where k.id = v.id and "
                      "k.since ="
                      " v.since)', c, (select string_agg('v.' || trim(x), ', ') from "
                      "unnest(string_to_array(c, ',')) x));"
                      " end $$",
                      schema->name, schema->lists[list].name, schema->name, schema->lists[list].name,
                      schema->name, schema->lists[list].name, schema->name, schema->lists[list].name,
                      schema->name);
            (void)pg_ask(fixture.pg, script);
        }
    }
    (void)pg_ask(fixture.pg, "analyze");
}

static int open_once(void **state)
{
    (void)state;
    char path[1024];
    uint64_t seed = seed_of_test();
    prng_init(&prng, seed);
    fixture_open(&fixture, &(struct pg_options){0});
    (void)snprintf(path, sizeof path, "%s/tests/integration/data/random_province.sql",
                   getenv("DANTIN_SOURCE_DIR"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = put(0, "select setseed(%.9f);", prng_unit(&prng));
    len += fread(script + len, 1, sizeof script - len - 1, file);
    script[len] = '\0';
    assert_int_equal(fclose(file), 0);
    (void)pg_ask(fixture.pg, script);
    for (uint32_t kind = KIND_MEMBER + 1; kind <= KIND_MAX; kind++) {
        add_versions(schema_of(kind), first_of(kind), KIND_RECORDS, 0);
    }
    /* A life for some: events of every sort. */
    (void)pg_ask(fixture.pg,
                 "insert into dantin.member_event_version (id, since, element, event_type, "
                 "event_effective_date, event_place)"
                 " select id, 0, 0, (array['card_issued', 'badge', 'disciplined', 'temporary_out'])[1 + "
                 "floor(random() * 4)],"
                 " admission_date + 400, 'within_province' from dantin.member_version where random() < 0.5");
    refresh_current();
    return 0;
}

static int close_once(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- what must hold ---- */

/* Every breakdown of the membership adds up to the membership. */
static void composition__by_each_dimension__adds_up_to_the_members(void **state)
{
    (void)state;
    static const char *const dimensions[] = {"status",    "sex",         "age_band",   "party_age",
                                             "exemption", "sender",      "child",      "branch",
                                             "unit_type", "branch_kind", "occupation", "political_theory"};
    int32_t date = day("30/06/2021");
    for (size_t round = 0; round < 4; round++) {
        struct store_query query = question_of("member_ratio", date);
        struct store_answer *answer = ask(&query);
        long members = cell_number(answer, answer->row_count - 1, "members");
        long rows = 0;
        for (size_t row = 0; row + 1 < answer->row_count; row++) {
            rows += cell_number(answer, row, "members");
        }
        store_answer_free(answer);
        assert_true(members > 0);
        assert_int_equal(rows, members);
        for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++) {
            const char *by[] = {dimensions[i]};
            long sum = 0;
            query = question_of("composition", date);
            query.by = by;
            query.by_count = 1;
            answer = ask(&query);
            for (size_t row = 0; row < answer->row_count; row++) {
                sum += cell_number(answer, row, "members");
            }
            store_answer_free(answer);
            assert_int_equal(sum, members);
        }
        date += (int32_t)prng_below(&prng, 400);
    }
}

/* Form 1 over periods that follow one another: D = A + B - C; the opening of a period is the closing of the one before, in every row; D
 * is what member_ratio counts; moves inside the province cancel. */
static void flow__periods_in_a_row__form_one_holds(void **state)
{
    (void)state;
    static const char *const increases[] = {"admitted", "readmitted", "in_within", "in_other", "in_army"};
    static const char *const decreases[] = {"died",      "expelled", "struck_off",
                                            "left",      "refused",  "out_within",
                                            "out_other", "out_army", "out_unexplained"};
    struct store_answer *before = NULL;
    int32_t from = day("01/01/2017");
    for (size_t period = 0; period < PERIODS; period++) {
        struct store_query query = question_of("flow", from + 10 + (int32_t)prng_below(&prng, 400));
        query.has_from = true;
        query.from = from;
        struct store_answer *answer = ask(&query);
        struct store_query ratio_query = question_of("member_ratio", query.date);
        struct store_answer *ratio = ask(&ratio_query);
        long moved = 0;
        size_t total = answer->row_count - 1;
        for (size_t row = 0; row < answer->row_count; row++) {
            long members = cell_number(answer, row, "opening");
            for (size_t i = 0; i < sizeof increases / sizeof increases[0]; i++) {
                members += cell_number(answer, row, increases[i]);
            }
            for (size_t i = 0; i < sizeof decreases / sizeof decreases[0]; i++) {
                members -= cell_number(answer, row, decreases[i]);
            }
            assert_int_equal(cell_number(answer, row, "closing"), members);
            assert_int_equal(cell_number(ratio, row_like(ratio, answer, row), "members"), members);
            if (before != NULL) {
                assert_int_equal(cell_number(answer, row, "opening"),
                                 cell_number(before, row_like(before, answer, row), "closing"));
            }
            moved += row < total
                         ? cell_number(answer, row, "in_within") - cell_number(answer, row, "out_within")
                         : 0;
        }
        assert_int_equal(moved,
                         cell_number(answer, total, "in_within") - cell_number(answer, total, "out_within"));
        store_answer_free(ratio);
        store_answer_free(before);
        before = answer;
        from = query.date + 1;
    }
    store_answer_free(before);
}

/* Over all the years every move within the province cancels in its total: nobody came from within, and who went is in transit. */
static void flow__all_years__moves_cancel(void **state)
{
    (void)state;
    struct store_query query = question_of("flow", day("31/12/2025"));
    query.has_from = true;
    query.from = day("01/01/2010");
    struct store_answer *answer = ask(&query);
    size_t total = answer->row_count - 1;
    long rows_in = 0;
    for (size_t row = 0; row < total; row++) {
        rows_in += cell_number(answer, row, "in_within");
    }
    assert_true(rows_in > 50);
    assert_int_equal(cell_number(answer, total, "in_within"), 0);
    assert_int_equal(cell_number(answer, total, "out_within"), cell_number(answer, total, "in_transit"));
    store_answer_free(answer);
}

/* Admissions are the line of form 1, in every row. */
static void admissions__any_period__the_line_of_flow(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int32_t from = day("01/01/2016") + (int32_t)prng_below(&prng, 2500);
        struct store_query query = question_of("flow", from + (int32_t)prng_below(&prng, 700));
        query.has_from = true;
        query.from = from;
        struct store_answer *flow = ask(&query);
        query.indicator = "admissions";
        struct store_answer *admissions = ask(&query);
        assert_int_equal(admissions->row_count, flow->row_count);
        for (size_t row = 0; row < flow->row_count; row++) {
            assert_int_equal(cell_number(admissions, row, "admitted"),
                             cell_number(flow, row_like(flow, admissions, row), "admitted"));
        }
        store_answer_free(flow);
        store_answer_free(admissions);
    }
}

/* How many records of the kind stand behind the answer. */
static long traced(struct store_query query, const char *kind)
{
    long count = 0;
    query.is_trace = true;
    struct store_answer *answer = ask(&query);
    for (size_t row = 0; row < answer->row_count; row++) {
        count += bytes_equal(store_answer_cell(answer, row, 0), bytes_of_text(kind)) ? 1 : 0;
    }
    store_answer_free(answer);
    return count;
}

/* Where a record is one count, the total is the number of records behind it. */
static void trace__one_record_per_count__as_many_as_the_total(void **state)
{
    (void)state;
    static const struct {
        const char *indicator, *kind, *column;
        bool is_period;
    } cases[] = {{"admissions", "member", "admitted", true},
                 {"religious_members", "member", "members", false},
                 {"member_ratio", "member", "members", false},
                 {"removals", "member", "total", true},
                 {"tasks", "task", "tasks", true},
                 {"private_sector", "private_unit", "units", false},
                 {"pilot_elections", "election", "hamlets", false}};
    long all = 0;
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct store_query query =
                question_of(cases[i].indicator, day("01/01/2018") + (int32_t)prng_below(&prng, 1400));
            query.has_from = cases[i].is_period;
            query.from = query.date - 700;
            struct store_answer *answer = ask(&query);
            long total = cell_number(answer, answer->row_count - 1, cases[i].column);
            store_answer_free(answer);
            if (traced(query, cases[i].kind) != total) {
                fail_msg("%s: %ld, traced %ld", cases[i].indicator, total, traced(query, cases[i].kind));
            }
            all += total;
        }
    }
    assert_true(all > 1000);
}

/* Every pilot hamlet is at one stage, in every row. */
static void pilot_elections__stages__add_up_to_the_hamlets(void **state)
{
    (void)state;
    static const char *const stages[] = {"preparing", "voted", "recognised", "at_congress", "approved"};
    for (size_t round = 0; round < 4; round++) {
        struct store_query query =
            question_of("pilot_elections", day("01/01/2016") + (int32_t)prng_below(&prng, 3000));
        struct store_answer *answer = ask(&query);
        for (size_t row = 0; row < answer->row_count; row++) {
            long hamlets = 0;
            for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
                hamlets += cell_number(answer, row, stages[i]);
            }
            assert_int_equal(hamlets, cell_number(answer, row, "hamlets"));
        }
        store_answer_free(answer);
    }
}

/* An answer is a function of definition, date and position: from current rows, from versions, and from the same versions after ten
 * thousand further changes of every kind, byte for byte. */
static void every_indicator__ten_thousand_changes_later__same_bytes(void **state)
{
    (void)state;
    static char head[INDICATORS_MAX][TABLE_BYTES_MAX];
    static char later[TABLE_BYTES_MAX];
    const char *ids[INDICATORS_MAX];
    size_t count = indicators(ids);
    int32_t date = day("31/12/2021") - (int32_t)prng_below(&prng, 700);
    for (size_t i = 0; i < count; i++) {
        struct store_query query = question_of(ids[i], date);
        text_of(&query, head[i]);
        query.has_position = true;
        query.position = 1;
        text_of(&query, later);
        if (strcmp(head[i], later) != 0) {
            fail_msg("%s: the current rows say\n%sthe versions\n%s", ids[i], head[i], later);
        }
    }
    for (uint32_t kind = KIND_BRANCH; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        int first = first_of(schema->kind);
        int changed = count_of(schema->kind) / 2;
        (void)put(0,
                  "update dantin.%s_version set until = 1 where id in (select pg_temp.u(n) from "
                  "generate_series(%d, %d) n)",
                  schema->name, first, first + changed - 1);
        (void)pg_ask(fixture.pg, script);
        add_versions(schema, first, changed, 1);
        add_versions(schema, first + 100000000, (CHANGES - changed) / (int)KIND_MAX, 1);
    }
    (void)pg_ask(fixture.pg, "update dantin.journal_head set position = 2");
    refresh_current();
    for (size_t i = 0; i < count; i++) {
        struct store_query query = question_of(ids[i], date);
        query.has_position = true;
        query.position = 1;
        text_of(&query, later);
        if (strcmp(head[i], later) != 0) {
            fail_msg("%s said\n%sand now\n%s", ids[i], head[i], later);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composition__by_each_dimension__adds_up_to_the_members),
        cmocka_unit_test(flow__periods_in_a_row__form_one_holds),
        cmocka_unit_test(flow__all_years__moves_cancel),
        cmocka_unit_test(admissions__any_period__the_line_of_flow),
        cmocka_unit_test(trace__one_record_per_count__as_many_as_the_total),
        cmocka_unit_test(pilot_elections__stages__add_up_to_the_hamlets),
        cmocka_unit_test(
            every_indicator__ten_thousand_changes_later__same_bytes), /* last: it changes the province */
    };
    return cmocka_run_group_tests(tests, open_once, close_once);
}
