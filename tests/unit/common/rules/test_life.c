/* A member's life: which event may follow which, what each must state, and what the flat dates become. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/rules/derive.h"
#include "common/rules/life.h"
#include "common/rules/rules.h"
#include "tests/lib/life_text.h"
#include "tests/lib/record_text.h"

enum { ARENA_BYTES_MAX = 1 << 20, TODAY = 20000 /* 04/10/2024 */, FLATS_MAX = 6 };

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

/* Official since 1986, in cell a; each vector changes some of it. */
static const char *const sound_member[][2] = {{"name", "Phạm Thị Bé"},
                                              {"birth_date", "15/06/1965"},
                                              {"sex", "nu"},
                                              {"admission_decision_date", "20/08/1985"},
                                              {"admission_date", "02/09/1985"},
                                              {"official_decision_date", "20/09/1986"},
                                              {"official_date", "02/09/1986"},
                                              {NULL, NULL}};

static Dantin__Member *member_with(const char *const flats[][2], const char *events)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    Dantin__Member *member = record_from_texts(schema, &arena, sound_member);
    for (size_t i = 0; i < FLATS_MAX && flats[i][0] != NULL; i++) {
        record_set_text(schema, &arena, member, flats[i][0], flats[i][1]);
    }
    record_append_edge(schema, &arena, member, "branch", 'a', NULL, NULL);
    life_add_events(&arena, member, events);
    return member;
}

/* Exactly this finding, or none at all (id NULL); says so where it is not. */
static bool is_found(const Dantin__Member *member, const char *id, enum rule_severity severity,
                     const char *what)
{
    struct rule_context context = {schema_of(KIND_MEMBER), member, TODAY};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    size_t count = rules_check(&context, findings);
    bool is_as_expected =
        id == NULL ? count == 0
                   : count == 1 && strcmp(findings[0].rule->id, id) == 0 && findings[0].severity == severity;
    if (!is_as_expected) {
        print_error("%s expected, %zu found, in: %s\n", id == NULL ? "nothing" : id, count, what);
        for (size_t i = 0; i < count; i++) {
            print_error("  %s (%s)\n", findings[i].rule->id,
                        findings[i].severity == RULE_ERROR ? "error" : "warning");
        }
    }
    return is_as_expected;
}

#define PROBATIONARY                                                                                      \
    {                                                                                                     \
        {"official_date", ""}, {"official_decision_date", ""}, {"admission_decision_date", "20/08/2023"}, \
        {                                                                                                 \
            "admission_date", "02/09/2023"                                                                \
        }                                                                                                 \
    }
#define NEW                                                                                     \
    {                                                                                           \
        {"official_date", ""}, {"official_decision_date", ""}, {"admission_decision_date", ""}, \
        {                                                                                       \
            "admission_date", ""                                                                \
        }                                                                                       \
    }
#define E RULE_ERROR
#define W RULE_WARNING
static const struct {
    const char *id; /* the one finding after the fold; NULL: none */
    enum rule_severity severity;
    const char *flats[FLATS_MAX][2];
    const char *events;
} vectors[] = {
    /* Whole lives. */
    {NULL, E, NEW,
     "admitted 02/09/2021, official 02/09/2022 decision_date=20/09/2022, card_issued 03/02/2023 "
     "number=01234567"},
    {NULL,
     E,
     {{0}},
     "registered 01/01/2021, temporary_out 01/02/2021 to_date=01/08/2021, temporary_back 01/08/2021"},
    {NULL,
     E,
     {{0}},
     "exempt 01/02/2021, resumed 01/06/2022, suspended 01/01/2023, reinstated 01/03/2023, died 01/05/2023"},
    {NULL,
     E,
     {{0}},
     "temporarily_exempt 01/02/2021 to_date=01/12/2021 detail=unstable_work, temporarily_exempt 01/02/2022"},
    {NULL, E, {{0}}, "left 01/02/2000, readmitted 01/02/2022, official 01/02/2023"},
    {NULL, E, {{0}}, "expelled 01/02/2021, restored 01/05/2022, badge 03/02/2023 number=30"},
    {NULL, E, {{0}}, "transfer_out 01/02/2021 place=within_province"},
    {NULL, E, {{0}}, "transfer_in 01/02/2021 place=other_province, transfer_within 01/05/2022 branch=b"},
    {NULL,
     E,
     {{"ended_date", "01/02/2020"}, {"ended_reason", "died"}},
     "badge 03/02/2020 number=30 detail=posthumous"},
    {NULL, E, {{"ended_date", "01/02/2010"}, {"ended_reason", "left"}}, "readmitted 02/09/2021"},
    {NULL, E, {{0}}, "official 02/09/1986 decision_date=20/09/1986"},
    /* Each event where it may not happen. */
    {"member.event_order", E, {{0}}, "registered 01/01/2021, registered 01/02/2021"},
    {"member.event_order", E, {{0}}, "disciplined 01/02/2020 detail=warning, registered 01/01/2021"},
    {"member.event_order", E, {{0}}, "registered 01/01/2021, admitted 02/09/1985, official 02/09/1986"},
    {"member.event_order", E, {{0}}, "registered 01/01/2021, readmitted 01/02/2022"},
    {"member.event_order", E, {{0}}, "official 02/09/1986, official 03/09/1986"},
    {"member.event_order", E, PROBATIONARY, "card_issued 01/02/2024 number=01234567"},
    {"member.event_order", E, {{0}}, "registered 01/01/2021, transfer_in 01/02/2021 place=other_province"},
    {"member.event_order", E, {{0}}, "suspended 01/01/2021, transfer_out 01/02/2021 place=other_province"},
    {"member.event_order", E, {{0}}, "suspended 01/01/2021, transfer_within 01/02/2021 branch=b"},
    {"member.event_order", E, {{0}}, "exempt 01/01/2021, temporary_out 01/02/2021"},
    {"member.event_order",
     E,
     {{0}},
     "disciplined 01/01/2021 detail=warning, temporary_back 01/02/2021, temporary_back 01/03/2021"},
    {"member.event_order", E, {{0}}, "exempt 01/01/2021, temporarily_exempt 01/02/2021"},
    {"member.event_order", E, {{0}}, "exempt 01/01/2021, exempt 01/02/2021"},
    {"member.event_order", E, {{0}}, "temporary_out 01/01/2021, resumed 01/02/2021"},
    {"member.event_order", E, {{0}}, "died 01/01/2021, disciplined 01/02/2021 detail=warning"},
    {"member.event_order", E, {{0}}, "suspended 01/01/2021, suspended 01/02/2021"},
    {"member.event_order", E, {{0}}, "temporary_out 01/01/2021, reinstated 01/02/2021"},
    {"member.event_order", E, {{0}}, "left 01/01/2021, struck_off 01/02/2021 detail=no_progress"},
    {"member.event_order", E, {{0}}, "suspended 01/01/2021, left 01/02/2021"},
    {"member.event_order", E, {{0}}, "left 01/01/2021, expelled 01/02/2021"},
    {"member.event_order", E, {{0}}, "probation_refused 01/02/2021"},
    {"member.event_order", E, {{0}}, "transfer_out 01/01/2021 place=within_province, died 01/02/2021"},
    {"member.event_order", E, {{0}}, "died 01/01/2021, restored 01/02/2021"},
    {"member.event_order", E, {{0}}, "left 01/01/2021, badge 01/02/2021 number=30"},
    {"member.event_order",
     E,
     {{"ended_date", "01/02/2020"}, {"ended_reason", "left"}},
     "disciplined 01/02/2021 detail=warning"},
    {"member.event_order",
     E,
     {{"ended_date", "01/02/2020"}, {"ended_reason", "died"}},
     "disciplined 01/02/2019 detail=warning, exempt 01/02/2021"},
    {"member.event_order", E, {{0}}, "disciplined 01/09/1985 detail=warning"},
    {"member.event_order", E, {{0}}, "registered 01/09/1985"},
    /* An end date that has passed: both are possible. */
    {NULL,
     E,
     {{0}},
     "temporary_out 01/01/2021 to_date=01/06/2021, temporary_out 01/07/2021 to_date=01/12/2021"},
    {NULL, E, {{0}}, "temporary_out 01/01/2021 to_date=01/06/2021, temporary_back 01/07/2021"},
    {"member.event_order",
     E,
     {{0}},
     "temporary_out 01/01/2021 to_date=01/06/2021, temporary_out 01/05/2021 to_date=01/12/2021"},
    /* On the official date itself an event may lie on either side of it. */
    {NULL, E, {{0}}, "card_issued 02/09/1986 number=01234567"},
    {NULL, E, {{"official_date", ""}, {"official_decision_date", ""}}, "probation_refused 02/09/1986"},
    /* What each must state. */
    {"member.event_future", E, {{0}}, "disciplined 05/10/2024 detail=warning decision_date=04/10/2024"},
    {"member.event_future",
     E,
     {{"official_date", ""},
      {"official_decision_date", ""},
      {"admission_date", "04/10/2023"},
      {"admission_decision_date", ""}},
     "probation_refused 04/10/2024 decision_date=05/10/2024"},
    {NULL, E, {{0}}, "exempt 04/10/2024 to_date=05/10/2030"},
    {"member.event_to_date", E, {{0}}, "temporary_out 01/02/2021 to_date=01/02/2021"},
    {"member.event_to_date", E, {{0}}, "disciplined 01/02/2021 to_date=01/02/2022 detail=warning"},
    {"member.event_side", E, {{0}}, "transfer_out 01/02/2021"},
    {"member.event_side", E, {{0}}, "transfer_in 01/02/2021"},
    {"member.event_side", E, {{0}}, "transfer_within 01/02/2021 place=within_committee"},
    {NULL, E, {{0}}, "transfer_out 01/02/2021 branch=b"},
    {"member.event_detail", E, {{0}}, "disciplined 01/02/2021"},
    {"member.event_detail", E, {{0}}, "disciplined 01/02/2021 detail=no_progress"},
    {"member.event_detail", E, {{0}}, "left 01/02/2021 detail=old_age"},
    {NULL, E, {{0}}, "disciplined 01/02/2021 detail=dismissal"},
    {"member.event_discipline", E, PROBATIONARY, "disciplined 01/02/2024 detail=dismissal"},
    {NULL, E, PROBATIONARY, "disciplined 01/02/2024 detail=reprimand, disciplined 01/03/2024 detail=warning"},
    {"member.event_struck_off_reason", W, {{0}}, "struck_off 01/02/2022"},
    {NULL, E, {{0}}, "struck_off 01/02/2022 detail=absent_three_months"},
    {"member.event_decision", W, {{0}}, "exempt 01/02/2022 undecided"},
    {"member.event_decision", W, {{0}}, "expelled 01/02/2022 authority="},
    {NULL, E, {{0}}, "temporary_out 01/02/2022 to_date=01/06/2022"},
    {"member.event_decision_late", W, {{0}}, "expelled 01/02/2022 decision_date=02/02/2022"},
    {NULL, E, NEW, "admitted 02/09/2021, official 02/09/2022 decision_date=03/09/2022"},
    {"member.event_card_number", W, {{0}}, "card_issued 01/02/2022"},
    {"member.event_temporary_length", W, {{0}}, "temporary_out 01/02/2022 to_date=30/04/2022"},
    {NULL, E, {{0}}, "temporary_out 01/02/2022 to_date=01/05/2022"},
    {NULL, E, {{0}}, "temporary_out 01/02/2022 to_date=31/01/2023"},
    {"member.event_temporary_length", W, {{0}}, "temporary_out 01/02/2022 to_date=01/02/2023"},
    {NULL, E, {{0}}, "temporary_out 01/02/2022 to_date=01/02/2024 detail=study"},
    {"member.event_temporary_length", W, {{0}}, "temporary_out 01/02/2022 to_date=02/02/2024 detail=study"},
    {"member.temporarily_exempt_length",
     W,
     {{0}},
     "temporarily_exempt 01/10/2021 to_date=01/10/2022, temporarily_exempt 01/02/2023"},
    {NULL, E, {{0}}, "temporarily_exempt 01/10/2021 to_date=30/09/2022, temporarily_exempt 01/02/2023"},
    {"member.readmitted_early", W, {{0}}, "left 02/02/2019, readmitted 01/02/2022"},
    {NULL, E, {{0}}, "left 01/02/2019, readmitted 01/02/2022"},
    {"member.readmitted_again",
     W,
     {{0}},
     "left 01/02/1990, readmitted 01/02/2000, left 01/02/2001, readmitted 01/02/2022"},
    {"member.badge_years", E, {{0}}, "badge 01/02/2022"},
    {"member.badge_years", E, {{0}}, "badge 01/02/2022 number=35"},
    {"member.badge_years", E, {{0}}, "badge 01/02/2022 number=95"},
    {"member.badge_years", E, {{0}}, "badge 01/02/2022 number=030"},
    /* Party age counts from the decision, 20/08/1985: 30 years on 20/08/2015. */
    {NULL, E, {{0}}, "badge 20/08/2015 number=30"},
    {"member.badge_early", W, {{0}}, "badge 19/08/2015 number=30"},
    {"member.badge_early",
     E,
     {{"admission_decision_date", "02/09/1992"},
      {"admission_date", "02/09/1992"},
      {"official_date", "02/09/1993"},
      {"official_decision_date", ""}},
     "badge 01/09/2022 number=30"},
    {NULL,
     E,
     {{"admission_decision_date", "02/09/1992"},
      {"admission_date", "02/09/1992"},
      {"official_date", "02/09/1993"},
      {"official_decision_date", ""}},
     "badge 02/09/2021 number=30 detail=early"},
    {"member.badge_early",
     W,
     {{"admission_decision_date", "02/09/1992"},
      {"admission_date", "02/09/1992"},
      {"official_date", "02/09/1993"},
      {"official_decision_date", ""}},
     "badge 01/09/2021 number=30 detail=early"},
    {NULL,
     E,
     {{"birth_date", "01/01/1930"},
      {"admission_decision_date", "02/09/1953"},
      {"admission_date", "02/09/1953"},
      {"official_date", "02/09/1954"},
      {"official_decision_date", ""}},
     "badge 02/09/2021 number=70 detail=posthumous"},
};
#undef E
#undef W

/* Each vector gives its one finding, or none, once folded. */
static void life__each_vector__its_finding_only(void **state)
{
    (void)state;
    bool is_sound = true;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        arena_clear(&arena);
        Dantin__Member *member = member_with(vectors[i].flats, vectors[i].events);

        assert_int_equal(record_derive(schema_of(KIND_MEMBER), member, &arena), ERR_OK);

        is_sound = is_found(member, vectors[i].id, vectors[i].severity, vectors[i].events) && is_sound;
    }
    assert_true(is_sound);
}

/* What the flat dates become; "" is empty. */
static const struct {
    const char *events;
    const char *flats[FLATS_MAX][2];
} folds[] = {
    {"admitted 02/09/2021 decision_date=20/08/2021, official 02/09/2022 decision_date=20/09/2022",
     {{"admission_date", "02/09/2021"},
      {"admission_decision_date", "20/08/2021"},
      {"official_date", "02/09/2022"},
      {"official_decision_date", "20/09/2022"}}},
    {"card_issued 01/02/2000 number=01234567, card_issued 01/08/2025 number=07654321",
     {{"card_number", "07654321"}}},
    {"struck_off 01/02/2022", {{"ended_date", "01/02/2022"}, {"ended_reason", "struck_off"}}},
    {"expelled 01/02/2022, restored 01/03/2022", {{"ended_date", ""}, {"ended_reason", ""}}},
    {"transfer_out 01/02/2022 place=army_police",
     {{"ended_date", "01/02/2022"}, {"ended_reason", "transferred_out"}, {"branch.1.to", "01/02/2022"}}},
    {"transfer_out 01/02/2022 place=within_province", {{"ended_date", ""}, {"branch.1.to", "01/02/2022"}}},
    {"transfer_in 01/02/2022 place=within_province", {{"branch.1.from", "01/02/2022"}, {"branch.1.to", ""}}},
    {"transfer_within 01/02/2022 branch=b",
     {{"branch.1.to", "01/02/2022"},
      {"branch.2.branch", "b"},
      {"branch.2.from", "01/02/2022"},
      {"branch.2.to", ""}}},
    {"transfer_within 01/02/2022 branch=b, transfer_within 01/02/2022 branch=c",
     {{"branch.1.to", "01/02/2022"}, {"branch.2.branch", "c"}}},
    {"left 01/02/2000, readmitted 01/02/2022 undecided",
     {{"admission_date", "01/02/2022"},
      {"official_date", ""},
      {"official_decision_date", ""},
      {"ended_date", ""}}},
    {"temporarily_exempt 01/02/2020 to_date=01/08/2020",
     {{"temporarily_exempt_from", "01/02/2020"}, {"temporarily_exempt_to", "01/08/2020"}}},
    {"temporarily_exempt 01/02/2020 to_date=01/08/2020, resumed 01/06/2020",
     {{"temporarily_exempt_from", "01/02/2020"}, {"temporarily_exempt_to", "01/06/2020"}}},
    {"temporarily_exempt 01/02/2020 to_date=01/08/2020, exempt 01/06/2020",
     {{"temporarily_exempt_to", "01/06/2020"}, {"exempt_from", "01/06/2020"}, {"exempt_to", ""}}},
    {"exempt 01/02/2020, resumed 01/06/2020", {{"exempt_from", "01/02/2020"}, {"exempt_to", "01/06/2020"}}},
    /* What may not happen says nothing. */
    {"died 01/02/2020, left 01/03/2020", {{"ended_date", "01/02/2020"}, {"ended_reason", "died"}}},
};

static struct value value_at(const Dantin__Member *member, const char *path)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    if (strncmp(path, "branch.", 7) != 0) {
        return record_field(schema, member, (size_t)schema_field_index(schema, path));
    }
    size_t element = (size_t)(path[7] - '1');
    size_t list = (size_t)schema_list_index(schema, "branch");
    assert_true(element < record_list_count(schema, member, list));
    size_t item = strcmp(path + 9, "from") == 0 ? EDGE_FROM
                  : strcmp(path + 9, "to") == 0 ? EDGE_TO
                                                : EDGE_REFERENCE;
    return record_item(schema, member, list, element, item);
}

/* What events tell is written once, and a record that says otherwise is refused. */
static void life_fold__each_life__flat_dates_follow(void **state)
{
    (void)state;
    static const char *const unchanged[FLATS_MAX][2] = {{0}};
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
        arena_clear(&arena);
        Dantin__Member *member = member_with(unchanged, folds[i].events);

        assert_int_equal(life_fold(member, &arena), ERR_OK);

        assert_false(life_disagrees(member));
        for (size_t j = 0; j < FLATS_MAX && folds[i].flats[j][0] != NULL; j++) {
            struct value value = value_at(member, folds[i].flats[j][0]);
            const char *expected = folds[i].flats[j][1];
            int32_t days = 0;
            assert_int_equal(value.is_stated, expected[0] != '\0');
            if (expected[0] == '\0') {
                continue;
            }
            bool is_day = date_parse(bytes_of_text(expected), &days) == ERR_OK;
            if (is_day ? value.number != days : memcmp(value.text.at, expected, strlen(expected)) != 0) {
                fail_msg("%s is not %s after: %s", folds[i].flats[j][0], expected, folds[i].events);
            }
        }
    }
}

/* An event entered with a later day before: the move comes to lie where it now says. */
static void life_fold__move_corrected_to_an_earlier_day__no_splinter(void **state)
{
    (void)state;
    static const char *const unchanged[FLATS_MAX][2] = {{0}};
    Dantin__Member *member = member_with(unchanged, "transfer_within 01/02/2022 branch=b");
    assert_int_equal(life_fold(member, &arena), ERR_OK);

    record_set_text(schema_of(KIND_MEMBER), &arena, member, "event.1.effective_date", "01/01/2022");
    assert_int_equal(life_fold(member, &arena), ERR_OK);

    assert_int_equal(member->n_branch, 2);
    assert_int_equal(member->branch[0]->to, member->event[0]->effective_date);
    assert_int_equal(member->branch[1]->from, member->event[0]->effective_date);
}

/* A flat date that contradicts its event is refused on a server that folds nothing. */
static void rules_check__date_against_its_event__refused(void **state)
{
    (void)state;
    static const char *const ended[FLATS_MAX][2] = {{"ended_date", "02/02/2022"}, {"ended_reason", "left"}};
    Dantin__Member *member = member_with(ended, "left 01/02/2022");

    assert_true(is_found(member, "member.event_disagrees", RULE_ERROR, "another day"));

    record_set_text(schema_of(KIND_MEMBER), &arena, member, "ended_date", "01/02/2022");
    assert_true(is_found(member, NULL, RULE_ERROR, "the day of the event"));
}

/* Every code of the list is an event of the table, and the other way round; every detail is a code. */
static void life__table__the_code_list(void **state)
{
    (void)state;
    size_t codes = 0;
    size_t details = 0;
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        const struct code_item *item = codes_at(i);
        if (strcmp(item->list, "event_type") == 0) {
            const struct life_move *move = life_move_of(item->code);
            assert_non_null(move);
            assert_true((move->from_ranks & ~7U) == 0 && move->from_ranks != 0);
            assert_true((move->from_situations & ~(unsigned)LIFE_ANY) == 0 && move->from_situations != 0);
            codes++;
        } else if (strcmp(item->list, "event_detail") == 0) {
            bool is_used = false;
            for (size_t j = 0; life_move_at(j) != NULL; j++) {
                is_used = is_used || life_has_detail(life_move_at(j)->event, item->code);
            }
            assert_true(is_used);
            details++;
        }
    }
    assert_int_equal(codes, LIFE_EVENTS);
    assert_null(life_move_at(LIFE_EVENTS));
    assert_null(life_move_of(NULL));
    assert_true(details > 0);
}

/* What the wire may carry: no type, no date, absurd dates, more events than a list may have. */
static void life__hostile_events__left_out(void **state)
{
    (void)state;
    enum { ELEMENTS = SCHEMA_LIST_ELEMENTS_MAX + 10 };
    static Dantin__MemberEvent events[ELEMENTS];
    static Dantin__MemberEvent *list[ELEMENTS];
    char type[] = "died";
    for (size_t i = 0; i < ELEMENTS; i++) {
        events[i] = (Dantin__MemberEvent)DANTIN__MEMBER_EVENT__INIT;
        events[i].type = type;
        events[i].has_effective_date = events[i].has_to_date = 1;
        events[i].effective_date = i % 2 == 0 ? INT32_MIN : INT32_MAX;
        events[i].to_date = i % 3 == 0 ? INT32_MIN : INT32_MAX;
        list[i] = &events[i];
    }
    events[0].type = NULL;
    events[1].has_effective_date = 0;
    Dantin__Member member = DANTIN__MEMBER__INIT;
    member.n_event = ELEMENTS;
    member.event = list;
    struct life_step steps[SCHEMA_LIST_ELEMENTS_MAX];

    assert_int_equal(life_walk(&member, steps), SCHEMA_LIST_ELEMENTS_MAX - 2);

    for (size_t i = 0; life_move_at(i) != NULL; i++) {
        char code[32];
        (void)snprintf(code, sizeof code, "%s", life_move_at(i)->code);
        for (size_t j = 0; j < ELEMENTS; j++) {
            events[j].type = code;
        }
        struct rule_context context = {schema_of(KIND_MEMBER), &member, TODAY};
        struct rule_finding findings[RULE_FINDINGS_MAX];
        assert_true(rules_check(&context, findings) > 0);
        (void)life_disagrees(&member);
    }
}

/* Every rule on events has a vector that breaks it. */
static void rules__each_rule_on_events__has_a_vector(void **state)
{
    (void)state;
    for (size_t i = 0; rules_at(i) != NULL; i++) {
        const struct rule_info *rule = rules_at(i);
        bool is_covered = strcmp(rule->id, "member.event_disagrees") == 0;
        for (size_t j = 0; j < sizeof vectors / sizeof vectors[0]; j++) {
            is_covered = is_covered || (vectors[j].id != NULL && strcmp(vectors[j].id, rule->id) == 0);
        }
        if (rule->kind == KIND_MEMBER && strcmp(rule->field, "event") == 0 && !is_covered) {
            fail_msg("no vector breaks %s", rule->id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(life__each_vector__its_finding_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(life_fold__each_life__flat_dates_follow, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(life_fold__move_corrected_to_an_earlier_day__no_splinter, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rules_check__date_against_its_event__refused, open_arena,
                                        close_arena),
        cmocka_unit_test(life__table__the_code_list),
        cmocka_unit_test_setup_teardown(life__hostile_events__left_out, open_arena, close_arena),
        cmocka_unit_test(rules__each_rule_on_events__has_a_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
