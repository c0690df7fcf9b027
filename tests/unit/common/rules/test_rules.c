/* Each rule: a record that keeps it and one that breaks it. The vectors start from a sound record and change
 * a few values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/record/date.h"
#include "common/record/decimal.h"
#include "common/record/name.h"
#include "common/rules/dates.h"
#include "common/rules/rules.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"
#include "tests/lib/sound_record.h"

enum { ARENA_BYTES_MAX = 1 << 20, CHANGES_MAX = 5, TODAY = SOUND_TODAY };

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void *sound(enum record_kind kind)
{
    return sound_record(kind, &arena);
}

static size_t check(enum record_kind kind, const void *message, struct rule_finding *findings)
{
    struct rule_context context = {.schema = schema_of(kind), .message = message, .today = TODAY};
    return rules_check(&context, findings);
}

/* Exactly this one finding; id NULL: none. */
static void assert_found(enum record_kind kind, const void *message, const char *id,
                         enum rule_severity severity, const char *field)
{
    struct rule_finding findings[RULE_FINDINGS_MAX];
    size_t count = check(kind, message, findings);
    if (id == NULL) {
        if (count != 0) {
            fail_msg("%s found in a sound record", findings[0].rule->id);
        }
        return;
    }
    if (count != 1 || strcmp(findings[0].rule->id, id) != 0) {
        fail_msg("%s expected, %zu findings, first %s", id, count, count > 0 ? findings[0].rule->id : "-");
    }
    assert_int_equal(findings[0].severity, severity);
    assert_string_equal(findings[0].field, field);
}

struct vector {
    enum record_kind kind;
    const char *id; /* NULL: the changed record is sound */
    enum rule_severity severity;
    const char *field;
    const char *changes[CHANGES_MAX][2]; /* field, text; "" clears */
};

static const char decomposed[] = "Nguye\xCC\x82\xCC\x83n";
static const char text_of_513_bytes[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"
                                        "456789abcdef0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"
                                        "456789abcdef0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"
                                        "456789abcdef0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"
                                        "456789abcdef0123456789abcdef0123456789abcdef"
                                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef+";
_Static_assert(sizeof(text_of_513_bytes) - 1 == SCHEMA_TEXT_BYTES_MAX + 1, "one more than allowed");

#define M KIND_MEMBER
#define E RULE_ERROR
#define W RULE_WARNING
static const struct vector vectors[] = {
    {KIND_CODE, NULL, E, "", {{"valid_from", "01/01/2020"}, {"valid_to", "02/01/2020"}}},
    {KIND_CODE,
     "code.valid_order",
     E,
     "valid_to",
     {{"valid_from", "01/01/2020"}, {"valid_to", "01/01/2020"}}},
    {KIND_CODE, "record.required", E, "name", {{"name", ""}}},
    {KIND_LOCALITY, NULL, E, "", {{"valid_from", "01/01/2020"}, {"valid_to", "02/01/2020"}}},
    {KIND_LOCALITY,
     "locality.valid_order",
     E,
     "valid_to",
     {{"valid_from", "02/01/2020"}, {"valid_to", "01/01/2020"}}},
    {KIND_LOCALITY, "record.code_unknown", E, "kind", {{"kind", "castle"}}},
    {KIND_BRANCH,
     NULL,
     E,
     "",
     {{"dissolved_date", "04/02/2010"},
      {"dissolved_decision", "5-QĐ"},
      {"dissolved_authority", "Huyện uỷ"},
      {"is_sender", "1"}}},
    {KIND_BRANCH, NULL, E, "", {{"code_list", "x"}}},
    {KIND_BRANCH,
     "branch.established_before_dissolved",
     E,
     "dissolved_date",
     {{"dissolved_date", "03/02/2010"}, {"dissolved_decision", "5-QĐ"}, {"dissolved_authority", "Huyện uỷ"}}},
    {KIND_BRANCH, "branch.list_without_code", E, "code", {{"code_list", "x"}, {"code", ""}}},
    {KIND_BRANCH, "record.text_too_long", E, "name", {{"name", text_of_513_bytes}}},
    {KIND_BRANCH, NULL, E, "", {{"name", text_of_513_bytes + 1}}},
    {M, "record.required", E, "birth_date", {{"birth_date", ""}}},
    {M, "record.code_unknown", E, "ethnicity", {{"ethnicity", "1"}}},
    {M, NULL, E, "", {{"ethnicity", "01"}}},
    {M, "record.not_nfc", E, "name", {{"name", decomposed}}},
    {M, NULL, E, "", {{"name", "Nguyễn"}}},
    {M,
     "record.date_range",
     E,
     "birth_date",
     {{"birth_date", "31/12/1899"},
      {"admission_date", "02/02/1930"},
      {"admission_decision_date", ""},
      {"official_date", "02/02/1931"},
      {"official_decision_date", ""}}},
    {M,
     NULL,
     E,
     "",
     {{"birth_date", "01/01/1900"},
      {"admission_date", "02/02/1930"},
      {"admission_decision_date", ""},
      {"official_date", "02/02/1931"},
      {"official_decision_date", ""}}},
    {M, "member.birth_before_admission", E, "admission_date", {{"birth_date", "02/09/2021"}}},
    /* Age counts months, not days: in the month of the 18th birthday all days will do. */
    {M, "member.admission_age", E, "admission_date", {{"birth_date", "01/10/2003"}}},
    {M, NULL, E, "", {{"birth_date", "30/09/2003"}}},
    {M,
     "member.admission_age",
     W,
     "admission_date",
     {{"birth_date", "01/10/2000"},
      {"admission_date", "01/09/2018"},
      {"admission_decision_date", ""},
      {"official_date", "01/09/2019"}}},
    {M, "member.admission_age_above_60", W, "admission_date", {{"birth_date", "31/07/1961"}}},
    {M, NULL, E, "", {{"birth_date", "01/08/1961"}}},
    {M,
     "member.decision_before_admission",
     E,
     "admission_decision_date",
     {{"admission_decision_date", "03/09/2021"}}},
    {M, NULL, E, "", {{"admission_decision_date", "02/09/2021"}}},
    /* Thirty working days: from 21/07/2021 without weekends until 01/09/2021. */
    {M, "member.ceremony", W, "admission_date", {{"admission_decision_date", "21/07/2021"}}},
    {M, NULL, E, "", {{"admission_decision_date", "22/07/2021"}}},
    {M, "member.admission_before_official", E, "official_date", {{"official_date", "02/09/2021"}}},
    /* Twelve months exactly, whatever the date of the decision; before the regulation a warning. */
    {M, "member.official_date", E, "official_date", {{"official_date", "03/09/2022"}}},
    {M, "member.official_date", E, "official_date", {{"official_date", "20/09/2022"}}},
    {M, NULL, E, "", {{"admission_date", "31/08/2021"}, {"official_date", "31/08/2022"}}},
    {M,
     "member.official_date",
     W,
     "official_date",
     {{"admission_date", "30/07/2019"}, {"official_date", "29/07/2021"}, {"admission_decision_date", ""}}},
    {M,
     "member.official_date",
     E,
     "official_date",
     {{"admission_date", "30/07/2019"}, {"official_date", "30/07/2021"}, {"admission_decision_date", ""}}},
    {M,
     "member.official_before_decision",
     W,
     "official_decision_date",
     {{"official_decision_date", "01/09/2022"}}},
    {M, NULL, E, "", {{"official_decision_date", "02/09/2022"}}},
    {M, "member.official_date_missing", E, "official_date", {{"official_date", ""}, {"card_number", ""}}},
    {M, NULL, E, "", {{"official_date", ""}, {"official_decision_date", ""}, {"card_number", ""}}},
    {M, "member.card_official", W, "card_number", {{"official_date", ""}, {"official_decision_date", ""}}},
    {M,
     "member.ended_after_admission",
     E,
     "ended_date",
     {{"ended_date", "02/09/2021"},
      {"ended_reason", "left"},
      {"official_date", ""},
      {"official_decision_date", ""},
      {"card_number", ""}}},
    {M,
     "member.ended_after_official",
     E,
     "ended_date",
     {{"ended_date", "01/09/2022"}, {"ended_reason", "left"}}},
    {M, NULL, E, "", {{"ended_date", "02/09/2022"}, {"ended_reason", "left"}}},
    {M, "member.ended_reason_and_date", E, "ended_reason", {{"ended_date", "01/01/2023"}}},
    {M, "member.ended_reason_and_date", E, "ended_reason", {{"ended_reason", "died"}}},
    {M,
     "member.probation_refused",
     E,
     "ended_reason",
     {{"ended_date", "02/09/2022"}, {"ended_reason", "probation_refused"}}},
    {M,
     NULL,
     E,
     "",
     {{"ended_date", "02/09/2022"},
      {"ended_reason", "probation_refused"},
      {"official_date", ""},
      {"official_decision_date", ""},
      {"card_number", ""}}},
    {M,
     "member.temporarily_exempt_order",
     E,
     "temporarily_exempt_to",
     {{"temporarily_exempt_to", "01/01/2023"}}},
    {M,
     "member.temporarily_exempt_order",
     E,
     "temporarily_exempt_to",
     {{"temporarily_exempt_from", "01/01/2023"}, {"temporarily_exempt_to", "01/01/2023"}}},
    {M,
     "member.temporarily_exempt_length",
     W,
     "temporarily_exempt_to",
     {{"temporarily_exempt_from", "01/01/2023"}, {"temporarily_exempt_to", "01/01/2024"}}},
    {M, NULL, E, "", {{"temporarily_exempt_from", "01/01/2023"}, {"temporarily_exempt_to", "31/12/2023"}}},
    {M, "member.exempt_order", E, "exempt_to", {{"exempt_from", "01/01/2023"}, {"exempt_to", "31/12/2022"}}},
    {M, NULL, E, "", {{"exempt_from", "01/01/2023"}, {"exempt_to", "31/12/2030"}}},
    {M, "member.future_date", E, "", {{"ended_date", "05/10/2024"}, {"ended_reason", "left"}}},
    {M, NULL, E, "", {{"ended_date", "04/10/2024"}, {"ended_reason", "left"}}},
    {M, "member.future_date", E, "", {{"exempt_from", "05/10/2024"}}},
    {M, "member.future_date", E, "", {{"official_decision_date", "05/10/2024"}}},
    {M, "member.card_number_format", W, "card_number", {{"card_number", "1234567"}}},
    {M, "member.card_number_format", W, "card_number", {{"card_number", "0123456A"}}},
    {M, "member.card_number_format", W, "card_number", {{"card_number", "012345678"}}},
    {M, "member.file_number_format", W, "file_number", {{"file_number", "12345678901"}}},
    {M, "member.file_number_format", W, "file_number", {{"file_number", "5,1E+09"}}},
    {M, "member.file_number_format", W, "file_number", {{"file_number", "-"}}},
    {M, NULL, E, "", {{"file_number", "51.004-567/1"}}},
};
#undef M
#undef E
#undef W

/* Each vector gives its one finding, or none: no rule fires on a neighbour's fault. */
static void rules_check__each_vector__its_finding_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *vector = &vectors[i];
        void *message = sound(vector->kind);
        for (size_t j = 0; j < CHANGES_MAX && vector->changes[j][0] != NULL; j++) {
            record_set_text(schema_of(vector->kind), &arena, message, vector->changes[j][0],
                            vector->changes[j][1]);
        }
        assert_found(vector->kind, message, vector->id, vector->severity, vector->field);
    }
}

/* The records the vectors start from are sound, so that what they change is what is found. */
static void rules_check__sound_records__nothing(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        assert_found((enum record_kind)kind, sound((enum record_kind)kind), NULL, RULE_ERROR, "");
    }
}

/* Edges: at no date two, none missing in between, each starts before it ends. */
static void rules_check__edges__no_overlap_no_gap_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *dates[3][2]; /* "" ends the list, NULL = unbounded */
    } cases[] = {
        {NULL, {{NULL, "01/01/2010"}, {"01/01/2010", "01/01/2020"}, {"01/01/2020", NULL}}},
        {NULL, {{"01/01/2020", NULL}, {NULL, "01/01/2010"}, {"01/01/2010", "01/01/2020"}}},
        {NULL, {{"01/01/2010", "01/01/2020"}, {"", ""}, {"", ""}}},
        {"record.edge_order", {{"01/01/2020", "01/01/2020"}, {"", ""}, {"", ""}}},
        {"record.edge_order", {{"01/01/2020", NULL}, {"01/01/2019", "01/01/2018"}, {"", ""}}},
        {"record.edge_overlap", {{NULL, NULL}, {NULL, NULL}, {"", ""}}},
        {"record.edge_overlap", {{NULL, "02/01/2010"}, {"01/01/2010", NULL}, {"", ""}}},
        {"record.edge_overlap", {{"01/01/2010", "01/01/2020"}, {"01/01/2012", "01/01/2013"}, {"", ""}}},
        {"record.edge_gap", {{NULL, "01/01/2010"}, {"02/01/2010", NULL}, {"", ""}}},
        {"record.edge_gap", {{"01/01/2021", NULL}, {NULL, "01/01/2010"}, {"01/01/2010", "01/01/2020"}}},
    };
    const struct kind_schema *schema = schema_of(KIND_BRANCH);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *branch = sound(KIND_BRANCH);
        for (size_t j = 0; j < 3; j++) {
            const char *from = cases[i].dates[j][0];
            if (from == NULL || from[0] != '\0') {
                record_append_edge(schema, &arena, branch, "locality", (char)j, from, cases[i].dates[j][1]);
            }
        }
        assert_found(KIND_BRANCH, branch, cases[i].id, RULE_ERROR, "locality");
    }
}

/* What the wire may carry although no import makes it: too many elements, short references, empty texts. */
static void rules_check__hostile_messages__errors(void **state)
{
    (void)state;
    enum { ELEMENTS = SCHEMA_LIST_ELEMENTS_MAX + 1 };
    Dantin__BranchLocality edge = DANTIN__BRANCH_LOCALITY__INIT;
    Dantin__BranchLocality *edges[ELEMENTS];
    for (size_t i = 0; i < ELEMENTS; i++) {
        edges[i] = &edge;
    }
    Dantin__Branch *branch = sound(KIND_BRANCH);
    branch->n_locality = ELEMENTS;
    branch->locality = edges;
    assert_found(KIND_BRANCH, branch, "record.list_too_long", RULE_ERROR, "locality");

    branch->n_locality = 1;
    assert_found(KIND_BRANCH, branch, "record.required", RULE_ERROR, "locality");
    edge.has_locality = 1;
    edge.locality.data = (uint8_t *)edges;
    edge.locality.len = ID_BYTES - 1;
    assert_found(KIND_BRANCH, branch, "record.bad_reference", RULE_ERROR, "locality");
    edge.locality.len = ID_BYTES;
    assert_found(KIND_BRANCH, branch, NULL, RULE_ERROR, "");

    char empty[] = "";
    branch->code = empty;
    assert_found(KIND_BRANCH, branch, "record.text_empty", RULE_ERROR, "code");
    branch->code = NULL;
    branch->name = empty;
    assert_found(KIND_BRANCH, branch, "record.required", RULE_ERROR, "name");
}

/* 64 bits of the wire must not reach a sum. */
static void rules_check__decimal_at_its_ends__range_holds(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *id;
    } cases[] = {{DECIMAL_MAX, NULL},
                 {-DECIMAL_MAX, NULL},
                 {DECIMAL_MAX + 1, "record.decimal_range"},
                 {-DECIMAL_MAX - 1, "record.decimal_range"},
                 {INT64_MAX, "record.decimal_range"},
                 {INT64_MIN, "record.decimal_range"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rule_finding findings[RULE_FINDINGS_MAX];
        Dantin__Target *target = sound(KIND_TARGET);
        target->value = cases[i].value;
        size_t count = check(KIND_TARGET, target, findings);
        bool is_refused = count > 0 && strcmp(findings[0].rule->id, "record.decimal_range") == 0;
        assert_int_equal(is_refused, cases[i].id != NULL);
    }
}

static void assert_out_of_range(const struct kind_schema *schema, const void *message)
{
    struct rule_finding findings[RULE_FINDINGS_MAX];
    assert_true(check(schema->kind, message, findings) > 0);
    assert_string_equal(findings[0].rule->id, "record.date_range");
}

/* Nor 32 bits a calendar: deadlines are counted from dates that nobody has looked at yet. */
static void rules_check__dates_at_their_ends__out_of_range(void **state)
{
    (void)state;
    static const int32_t ends[] = {INT32_MIN, DATE_MIN - 1, DATE_MAX + 1, INT32_MAX};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const struct value value = {.is_stated = true, .number = ends[i]};
        for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
            const struct kind_schema *schema = schema_of(kind);
            for (size_t field = 0; schema != NULL && field < schema->field_count; field++) {
                if (schema->fields[field].type == FIELD_DATE) {
                    void *message = sound(schema->kind);
                    assert_int_equal(record_set_field(schema, &arena, message, field, value), ERR_OK);
                    assert_out_of_range(schema, message);
                }
            }
            for (size_t list = 0; schema != NULL && list < schema->list_count; list++) {
                for (size_t item = 0; item < schema->lists[list].item_count; item++) {
                    void *message = sound(schema->kind);
                    if (schema->lists[list].items[item].type == FIELD_DATE &&
                        record_list_count(schema, message, list) > 0) {
                        assert_int_equal(record_set_item(schema, &arena, message, list, 0, item, value),
                                         ERR_OK);
                        assert_out_of_range(schema, message);
                    }
                }
            }
        }
    }
}

/* Each level but the province has one above it; a sender too. */
static void rules_check__no_parent__error(void **state)
{
    (void)state;
    Dantin__Branch *branch = sound(KIND_BRANCH);
    branch->n_parent = 0;
    assert_found(KIND_BRANCH, branch, "branch.parent_missing", RULE_ERROR, "parent");
    char province[] = "province";
    branch->kind = province;
    assert_found(KIND_BRANCH, branch, NULL, RULE_ERROR, "");
    branch->has_is_sender = 1;
    branch->is_sender = 1;
    assert_found(KIND_BRANCH, branch, "branch.sender_has_parent", RULE_ERROR, "is_sender");

    Dantin__Locality *locality = sound(KIND_LOCALITY);
    locality->n_parent = 0;
    assert_found(KIND_LOCALITY, locality, "locality.parent_missing", RULE_ERROR, "parent");
    locality->kind = province;
    assert_found(KIND_LOCALITY, locality, NULL, RULE_ERROR, "");

    Dantin__Member *member = sound(KIND_MEMBER);
    member->n_branch = 0;
    assert_found(KIND_MEMBER, member, "member.branch_missing", RULE_ERROR, "branch");
}

/* A population of zero, from tomorrow, or twice for a day would spoil a ratio. */
static void rules_check__population__positive_past_once(void **state)
{
    (void)state;
    Dantin__Population figures[2] = {DANTIN__POPULATION__INIT, DANTIN__POPULATION__INIT};
    Dantin__Population *list[2] = {&figures[0], &figures[1]};
    figures[0].has_as_of = figures[0].has_people = figures[1].has_as_of = figures[1].has_people = 1;
    figures[0].as_of = TODAY;
    figures[1].as_of = TODAY - 365;
    figures[0].people = figures[1].people = 1;
    Dantin__Locality *locality = sound(KIND_LOCALITY);
    locality->population = list;
    locality->n_population = 2;
    assert_found(KIND_LOCALITY, locality, NULL, RULE_ERROR, "");
    figures[1].people = 0;
    assert_found(KIND_LOCALITY, locality, "locality.population_positive", RULE_ERROR, "population");
    figures[1].people = 1;
    figures[1].as_of = TODAY + 1;
    assert_found(KIND_LOCALITY, locality, "locality.population_future", RULE_ERROR, "population");
    figures[1].as_of = TODAY;
    assert_found(KIND_LOCALITY, locality, "locality.population_twice", RULE_ERROR, "population");
    figures[1].has_as_of = 0;
    assert_found(KIND_LOCALITY, locality, "record.required", RULE_ERROR, "population");
}

/* A cell that a member joins tomorrow is a slip of the pen. */
static void rules_check__cell_from_tomorrow__error(void **state)
{
    (void)state;
    Dantin__Member *member = sound(KIND_MEMBER);
    member->branch[0]->from = TODAY + 1;
    assert_found(KIND_MEMBER, member, "member.future_date", RULE_ERROR, "");
    member->branch[0]->from = TODAY;
    member->branch[0]->has_to = 1;
    member->branch[0]->to = TODAY + 10;
    assert_found(KIND_MEMBER, member, NULL, RULE_ERROR, "");
}

/* Findings come in the table's order and stop at the named maximum, errors on fields first. */
static void rules_check__many_faults__ordered_and_capped(void **state)
{
    (void)state;
    Dantin__Member *member = sound(KIND_MEMBER);
    member->name = NULL;
    char unknown[] = "?";
    member->sex = unknown;
    member->has_birth_date = 0;
    struct rule_finding findings[RULE_FINDINGS_MAX];
    size_t count = check(KIND_MEMBER, member, findings);
    assert_int_equal(count, 3);
    assert_string_equal(findings[0].field, "name");
    assert_string_equal(findings[1].field, "birth_date");
    assert_string_equal(findings[2].field, "sex");

    Dantin__MemberBranch edge = DANTIN__MEMBER_BRANCH__INIT;
    Dantin__MemberBranch *edges[SCHEMA_LIST_ELEMENTS_MAX];
    for (size_t i = 0; i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        edges[i] = &edge;
    }
    member->branch = edges;
    member->n_branch = SCHEMA_LIST_ELEMENTS_MAX;
    assert_int_equal(check(KIND_MEMBER, member, findings), RULE_FINDINGS_MAX);
}

/* The table: unique ids, texts in both languages, fields that exist, composed text; every rule with a
 * function has a failing vector above. */
static void rules__table__sound_and_covered(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct rule_info *rule = rules_at(0); rule != NULL; rule = rules_at(++count)) {
        assert_ptr_equal(rules_find(rule->id), rule);
        assert_true(strlen(rule->text_vi) > 10 && strlen(rule->text_en) > 10);
        assert_true(name_is_nfc(bytes_of_text(rule->text_vi)));
        assert_true(rule->in_force_from < rule->in_force_to);
        if (rule->field[0] != '\0') {
            const struct kind_schema *schema = schema_of(rule->kind);
            assert_true(schema_field_index(schema, rule->field) >= 0 ||
                        schema_list_index(schema, rule->field) >= 0);
        }
        bool is_in_vectors = false;
        for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
            is_in_vectors = is_in_vectors || (vectors[i].id != NULL && strcmp(vectors[i].id, rule->id) == 0);
        }
        is_in_vectors = is_in_vectors || strcmp(rule->id, "member.branch_missing") == 0;
        /* Others: test_kinds.c, test_life.c. */
        bool is_ours =
            (rule->kind == KIND_CODE || rule->kind == KIND_MEMBER) && strcmp(rule->field, "event") != 0;
        if (rule->is_broken != NULL && is_ours && !is_in_vectors) {
            fail_msg("no vector breaks %s", rule->id);
        }
    }
    assert_true(count > 40);
    assert_null(rules_find("no.rule"));
}

/* The days in rules.def are those its comments name. */
static void rules__days_in_force__dates_of_the_regulations(void **state)
{
    (void)state;
    char text[DATE_TEXT_BYTES];
    date_format_vi(rules_find("member.official_date")->in_force_from, text);
    assert_string_equal(text, "30/07/2021");
    date_format_vi(rules_find("member.temporarily_exempt_length")->in_force_from, text);
    assert_string_equal(text, "28/09/2021");
    date_format_vi(rules_find("evaluation.excellent_cap")->in_force_from, text);
    assert_string_equal(text, "18/10/2019");
    date_format_vi(SINCE_REGULATION_366, text);
    assert_string_equal(text, "30/08/2025");
}

/* Status follows from the dates alone, each taking effect on its day. */
static void rules_member_status__around_each_date__by_the_day(void **state)
{
    (void)state;
    Dantin__Member *member = sound(KIND_MEMBER);
    assert_string_equal(rules_member_status(member, member->admission_date - 1), "none");
    assert_string_equal(rules_member_status(member, member->admission_date), "probationary");
    assert_string_equal(rules_member_status(member, member->official_date - 1), "probationary");
    assert_string_equal(rules_member_status(member, member->official_date), "official");
    member->has_ended_date = 1;
    member->ended_date = member->official_date + 100;
    assert_string_equal(rules_member_status(member, member->ended_date - 1), "official");
    assert_string_equal(rules_member_status(member, member->ended_date), "ended");
    member->has_admission_date = 0;
    assert_string_equal(rules_member_status(member, TODAY), "none");
}

/* Three official members make a cell. */
static void rules_cell_is_below_minimum__two_and_three__below_and_not(void **state)
{
    (void)state;
    assert_true(rules_cell_is_below_minimum(0, TODAY));
    assert_true(rules_cell_is_below_minimum(2, TODAY));
    assert_false(rules_cell_is_below_minimum(3, TODAY));
    assert_false(rules_grassroots_is_committee(29, TODAY));
    assert_true(rules_grassroots_is_committee(30, TODAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_check__each_vector__its_finding_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__sound_records__nothing, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__edges__no_overlap_no_gap_in_order, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rules_check__hostile_messages__errors, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__decimal_at_its_ends__range_holds, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rules_check__dates_at_their_ends__out_of_range, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rules_check__no_parent__error, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__population__positive_past_once, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__cell_from_tomorrow__error, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__many_faults__ordered_and_capped, open_arena,
                                        close_arena),
        cmocka_unit_test(rules__table__sound_and_covered),
        cmocka_unit_test(rules__days_in_force__dates_of_the_regulations),
        cmocka_unit_test_setup_teardown(rules_member_status__around_each_date__by_the_day, open_arena,
                                        close_arena),
        cmocka_unit_test(rules_cell_is_below_minimum__two_and_three__below_and_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
