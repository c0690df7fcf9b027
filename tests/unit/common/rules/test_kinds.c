/* The rules of the kinds about offices, work, plans and figures, and of a branch's term and a locality's households: for each, a
 * record that breaks it, and where it has an edge, one that does not. The vectors start from a sound record. */
#include "tests/lib/test.h"

#include "common/rules/rules.h"
#include "tests/lib/record_text.h"
#include "tests/lib/sound_record.h"

enum { ARENA_BYTES_MAX = 1 << 20, CHANGES_MAX = 10 };

static struct arena arena;

#define E RULE_ERROR
#define W RULE_WARNING
static const struct {
    enum record_kind kind;
    const char *id; /* the one finding; NULL: none */
    enum rule_severity severity;
    const char *changes[CHANGES_MAX][2]; /* field or list.N.item, text; "" clears */
} vectors[] = {
    {KIND_LOCALITY,
     "locality.household_positive",
     E,
     {{"household.1.as_of", "01/01/2024"}, {"household.1.households", "0"}}},
    {KIND_LOCALITY, NULL, E, {{"household.1.as_of", "04/10/2024"}, {"household.1.households", "1"}}},
    {KIND_LOCALITY,
     "locality.household_future",
     E,
     {{"household.1.as_of", "05/10/2024"}, {"household.1.households", "9"}}},
    {KIND_LOCALITY,
     "locality.household_twice",
     E,
     {{"household.1.as_of", "01/01/2024"},
      {"household.1.households", "9"},
      {"household.2.as_of", "01/01/2024"},
      {"household.2.households", "9"}}},
    {KIND_LOCALITY,
     "locality.successor_open",
     E,
     {{"successor.1.locality", "b"}, {"successor.1.date", "01/01/2024"}, {"successor.1.type", "merged"}}},
    {KIND_LOCALITY,
     NULL,
     E,
     {{"successor.1.locality", "b"},
      {"successor.1.date", "01/01/2024"},
      {"successor.1.type", "merged"},
      {"valid_to", "01/01/2024"}}},
    {KIND_LOCALITY,
     NULL,
     E,
     {{"successor.1.locality", "b"}, {"successor.1.date", "01/01/2024"}, {"successor.1.type", "renamed"}}},
    {KIND_BRANCH,
     "branch.dissolved_decision",
     W,
     {{"dissolved_date", "01/01/2024"}, {"dissolved_decision", "5-QĐ"}}},
    {KIND_BRANCH,
     NULL,
     E,
     {{"dissolved_date", "01/01/2024"}, {"dissolved_decision", "5-QĐ"}, {"dissolved_authority", "Đảng uỷ"}}},
    {KIND_BRANCH, "branch.decision_without_date", W, {{"dissolved_decision", "5-QĐ"}}},
    {KIND_BRANCH,
     "branch.decision_without_date",
     W,
     {{"established_date", ""}, {"established_authority", "Đảng uỷ"}}},
    {KIND_BRANCH,
     "branch.successor_open",
     E,
     {{"successor.1.branch", "b"}, {"successor.1.date", "01/01/2024"}, {"successor.1.type", "merged"}}},
    {KIND_BRANCH,
     "branch.successor_split",
     W,
     {{"successor.1.branch", "b"}, {"successor.1.date", "01/01/2024"}, {"successor.1.type", "split"}}},
    {KIND_BRANCH,
     NULL,
     E,
     {{"successor.1.branch", "b"}, {"successor.1.date", "01/01/2024"}, {"successor.1.type", "renamed"}}},
    {KIND_BRANCH, "branch.term_order", E, {{"term_from", "01/06/2022"}, {"term_to", "01/06/2022"}}},
    {KIND_BRANCH, "branch.term_order", E, {{"term_to", "01/06/2022"}}},
    {KIND_BRANCH, NULL, E, {{"term_from", "01/06/2020"}, {"term_to", "01/12/2025"}}},
    {KIND_BRANCH, "branch.term_length", W, {{"term_from", "01/06/2020"}, {"term_to", "02/12/2025"}}},
    {KIND_BRANCH, NULL, E, {{"committee_seats", "7"}}},
    {KIND_BRANCH, "branch.cell_seats", E, {{"committee_seats", "8"}}},
    {KIND_BRANCH, NULL, E, {{"kind", "grassroots_committee"}, {"committee_seats", "15"}}},
    {KIND_BRANCH, "branch.committee_seats", W, {{"kind", "grassroots_committee"}, {"committee_seats", "16"}}},
    {KIND_BRANCH, "branch.committee_seats", W, {{"kind", "grassroots_committee"}, {"committee_seats", "4"}}},
    {KIND_BRANCH, NULL, E, {{"unit_type", "commune_military"}}},
    {KIND_BRANCH,
     "branch.unit_type",
     W,
     {{"kind", "grassroots_committee"}, {"unit_type", "commune_military"}}},

    {KIND_OFFICE, "office.holder", E, {{"member", ""}}},
    {KIND_OFFICE, "office.holder", E, {{"holder_name", "Lê C"}}},
    {KIND_OFFICE, "office.member", E, {{"member", ""}, {"holder_name", "Lê C"}}},
    {KIND_OFFICE,
     NULL,
     E,
     {{"position", "hamlet_head"}, {"locality", "l"}, {"member", ""}, {"holder_name", "Lê C"}}},
    {KIND_OFFICE, "office.locality", E, {{"position", "hamlet_head"}}},
    {KIND_OFFICE, "office.locality", E, {{"position", "people_committee_chair"}}},
    {KIND_OFFICE, "office.date_order", E, {{"to_date", "01/06/2022"}}},
    {KIND_OFFICE, NULL, E, {{"to_date", "02/06/2022"}}},
    {KIND_OFFICE, "office.future_date", E, {{"decision_date", "05/10/2024"}}},
    {KIND_OFFICE, NULL, E, {{"is_interim", "1"}, {"to_date", "01/12/2022"}}},
    {KIND_OFFICE, "office.interim", W, {{"is_interim", "1"}, {"to_date", "02/12/2022"}}},
    {KIND_OFFICE, "office.interim", W, {{"is_interim", "1"}}},

    {KIND_TRAINING, "training.date_missing", E, {{"from_date", ""}, {"completed_date", ""}}},
    {KIND_TRAINING, NULL, E, {{"from_date", ""}}},
    {KIND_TRAINING, "training.date_order", E, {{"completed_date", "31/05/2023"}}},
    {KIND_TRAINING, "training.future_date", E, {{"completed_date", "05/10/2024"}}},

    {KIND_TASK, "task.date_order", E, {{"due_date", "29/02/2024"}, {"completed_date", ""}, {"result", ""}}},
    {KIND_TASK, "task.date_order", E, {{"completed_date", "29/02/2024"}}},
    {KIND_TASK, "task.future_date", E, {{"completed_date", "05/10/2024"}, {"result", "late"}}},
    {KIND_TASK, "task.result_missing", E, {{"result", ""}}},
    {KIND_TASK, NULL, E, {{"completed_date", ""}, {"result", ""}}},
    {KIND_TASK, "task.result_early", E, {{"completed_date", ""}}},
    {KIND_TASK, NULL, E, {{"completed_date", ""}, {"result", "not_completed"}, {"due_date", "03/10/2024"}}},
    {KIND_TASK,
     "task.result_early",
     E,
     {{"completed_date", ""}, {"result", "not_completed"}, {"due_date", "04/10/2024"}}},
    {KIND_TASK, "task.result_agrees", E, {{"result", "late"}}},
    {KIND_TASK, "task.result_agrees", E, {{"completed_date", "02/06/2024"}}},
    {KIND_TASK, "task.result_agrees", E, {{"result", "not_completed"}}},
    {KIND_TASK, NULL, E, {{"completed_date", "02/06/2024"}, {"result", "late"}}},

    {KIND_EVALUATION, "evaluation.year", E, {{"year", "23"}}},
    /* Quarters exist since the regulation: the third of 2025 ends after it. */
    {KIND_EVALUATION, "evaluation.period", E, {{"period", "q2"}}},
    {KIND_EVALUATION, "evaluation.period", E, {{"period", "term"}}},
    {KIND_EVALUATION, "evaluation.period_over", E, {{"year", "2025"}, {"period", "q3"}}},
    {KIND_EVALUATION, "evaluation.period_over", E, {{"year", "2024"}}},
    {KIND_EVALUATION, "evaluation.decision_future", E, {{"decision_date", "05/10/2024"}}},
    {KIND_EVALUATION, "evaluation.sum", E, {{"cell.1.members", "8"}}},
    {KIND_EVALUATION, "evaluation.sum", E, {{"cell.1.not_evaluated", "4294967295"}}},
    {KIND_EVALUATION, "evaluation.excellent_cap", E, {{"cell.1.good", "4"}, {"cell.1.completed", "1"}}},
    {KIND_EVALUATION,
     "evaluation.excellent_cap",
     W,
     {{"year", "2018"}, {"cell.1.good", "4"}, {"cell.1.completed", "1"}}},
    {KIND_EVALUATION, "evaluation.excellent_cap", E, {{"cell.1.good", "0"}, {"cell.1.completed", "5"}}},
    /* Two excellent beside four good in one cell, and six good in the other: 2 of 10. */
    {KIND_EVALUATION,
     NULL,
     E,
     {{"cell.1.excellent", "2"},
      {"cell.1.good", "4"},
      {"cell.2.branch", "c"},
      {"cell.2.members", "6"},
      {"cell.2.excellent", "0"},
      {"cell.2.good", "6"},
      {"cell.2.completed", "0"},
      {"cell.2.not_completed", "0"},
      {"cell.2.not_evaluated", "0"}}},
    {KIND_EVALUATION, "evaluation.cell_excellent_cap", W, {{"cell.1.class", "excellent"}}},
    {KIND_EVALUATION,
     "evaluation.cell_twice",
     E,
     {{"cell.2.branch", "b"},
      {"cell.2.members", "1"},
      {"cell.2.excellent", "0"},
      {"cell.2.good", "1"},
      {"cell.2.completed", "0"},
      {"cell.2.not_completed", "0"},
      {"cell.2.not_evaluated", "0"}}},
    {KIND_EVALUATION, "evaluation.points_max", E, {{"points", "101"}}},
    {KIND_EVALUATION, NULL, E, {{"points", "10"}}},

    {KIND_MEETING, "meeting.present", E, {{"present", "11"}}},
    {KIND_MEETING, NULL, E, {{"present", "10"}}},
    {KIND_MEETING, "meeting.future_date", E, {{"date", "05/10/2024"}}},

    {KIND_SUPERVISION, "supervision.holder", E, {{"member", ""}}},
    {KIND_SUPERVISION, "supervision.holder", E, {{"holder_name", "Lê C"}}},
    {KIND_SUPERVISION, NULL, E, {{"member", ""}, {"holder_name", "Lê C"}}},
    {KIND_SUPERVISION,
     "supervision.date_order",
     E,
     {{"to_date", "01/01/2022"}, {"visit.1.date", "01/01/2022"}}},
    {KIND_SUPERVISION, "supervision.visit_outside", E, {{"visit.1.date", "31/12/2021"}}},
    {KIND_SUPERVISION, "supervision.visit_outside", E, {{"to_date", "02/02/2023"}}},
    {KIND_SUPERVISION, "supervision.future_date", E, {{"visit.1.date", "05/10/2024"}}},

    {KIND_DIALOGUE, "dialogue.participants", E, {{"participants", ""}}},
    {KIND_DIALOGUE, "dialogue.participants", E, {{"participants", "0"}}},
    {KIND_DIALOGUE, "dialogue.not_held", E, {{"held_date", ""}}},
    {KIND_DIALOGUE,
     NULL,
     E,
     {{"held_date", ""}, {"participants", ""}, {"matters_raised", ""}, {"matters_settled", ""}}},
    {KIND_DIALOGUE, NULL, E, {{"matters_settled", "7"}}},
    {KIND_DIALOGUE, "dialogue.settled", E, {{"matters_settled", "8"}}},
    {KIND_DIALOGUE, "dialogue.settled", E, {{"matters_raised", ""}}},
    {KIND_DIALOGUE, "dialogue.future_date", E, {{"held_date", "05/10/2024"}}},

    {KIND_INSPECTION, "inspection.conclusion_unpublished", E, {{"published_date", ""}}},
    {KIND_INSPECTION, "inspection.conclusion_missing", W, {{"conclusion", ""}}},
    {KIND_INSPECTION, "inspection.date_order", E, {{"published_date", "31/03/2024"}}},
    {KIND_INSPECTION, "inspection.date_order", E, {{"done_date", ""}}},
    {KIND_INSPECTION, "inspection.future_date", E, {{"published_date", "05/10/2024"}}},
    {KIND_INSPECTION, NULL, E, {{"done_date", ""}, {"published_date", ""}, {"conclusion", ""}}},

    {KIND_COMPETITION, "competition.date_order", E, {{"to_date", "30/06/2024"}}},
    {KIND_COMPETITION, NULL, E, {{"to_date", "01/07/2024"}}},
    {KIND_COMPETITION, "competition.participants", E, {{"from_date", "05/10/2024"}, {"to_date", ""}}},

    {KIND_PLANNING, "planning.date_order", E, {{"to_date", "01/01/2023"}}},
    {KIND_PLANNING, "planning.future_date", E, {{"decision_date", "05/10/2024"}}},

    {KIND_TARGET, "target.year", E, {{"year", "24"}}},
    {KIND_TARGET, "target.value", E, {{"value", "0"}}},
    {KIND_TARGET, "target.value", E, {{"value", "-1"}}},
    {KIND_TARGET, NULL, E, {{"measure", "non_member_heads"}, {"value", "0"}}},
    {KIND_TARGET, "target.value", E, {{"measure", "non_member_heads"}, {"value", "-1"}}},
    {KIND_TARGET, "target.whole", E, {{"measure", "admissions"}, {"value", "100,5"}}},
    {KIND_TARGET, NULL, E, {{"measure", "admissions"}, {"value", "2000"}}},
    {KIND_TARGET, NULL, E, {{"value", "100"}}},
    {KIND_TARGET, "target.percent", E, {{"value", "100,01"}}},
    {KIND_TARGET, "target.future_date", E, {{"decision_date", "05/10/2024"}}},

    {KIND_OBLIGATION, "obligation.date_order", E, {{"due_date", "29/09/2024"}}},
    {KIND_OBLIGATION, NULL, E, {{"due_date", "30/09/2024"}}},

    {KIND_FULFILMENT,
     "fulfilment.figure_twice",
     E,
     {{"figure.4.measure", "members"}, {"figure.4.count", "12"}}},
    {KIND_FULFILMENT, "fulfilment.figure_sum", E, {{"figure.1.count", "13"}}},
    {KIND_FULFILMENT, "fulfilment.future_date", E, {{"as_of", "05/10/2024"}}},
    {KIND_FULFILMENT, "fulfilment.future_date", E, {{"document_date", "05/10/2024"}}},

    {KIND_PRIVATE_UNIT, "private_unit.date_order", E, {{"closed_date", "01/06/2015"}}},
    {KIND_PRIVATE_UNIT, "private_unit.date_order", E, {{"organisation_from", "31/05/2015"}}},
    {KIND_PRIVATE_UNIT, "private_unit.future_date", E, {{"headcount.1.as_of", "05/10/2024"}}},
    {KIND_PRIVATE_UNIT, "private_unit.organisation", E, {{"organisation", ""}}},
    {KIND_PRIVATE_UNIT, "private_unit.organisation", E, {{"organisation_from", ""}}},
    {KIND_PRIVATE_UNIT, NULL, E, {{"organisation", ""}, {"organisation_from", ""}}},
    {KIND_PRIVATE_UNIT,
     "private_unit.headcount_twice",
     E,
     {{"headcount.2.as_of", "31/12/2023"}, {"headcount.2.workers", "50"}}},
    {KIND_PRIVATE_UNIT, "private_unit.worker_members", E, {{"headcount.1.worker_members", "5"}}},
    {KIND_PRIVATE_UNIT,
     "private_unit.worker_members",
     E,
     {{"headcount.1.members", ""}, {"headcount.1.worker_members", "51"}}},
    {KIND_PRIVATE_UNIT, "private_unit.members", W, {{"headcount.1.members", "51"}}},
};
#undef E
#undef W

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

static size_t check(enum record_kind kind, const void *message, int32_t today,
                    struct rule_finding findings[RULE_FINDINGS_MAX])
{
    struct rule_context context = {schema_of(kind), message, today};
    return rules_check(&context, findings);
}

/* Each vector gives its one finding, or none: no rule fires on a neighbour's fault. */
static void rules_check__each_vector__its_finding_only(void **state)
{
    (void)state;
    bool is_sound = true;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *id = vectors[i].id;
        struct rule_finding findings[RULE_FINDINGS_MAX];
        arena_clear(&arena);
        void *message = sound_record(vectors[i].kind, &arena);
        for (size_t j = 0; j < CHANGES_MAX && vectors[i].changes[j][0] != NULL; j++) {
            record_set_text(schema_of(vectors[i].kind), &arena, message, vectors[i].changes[j][0],
                            vectors[i].changes[j][1]);
        }

        size_t count = check(vectors[i].kind, message, SOUND_TODAY, findings);

        if (id == NULL ? count == 0
                       : count == 1 && strcmp(findings[0].rule->id, id) == 0 &&
                             findings[0].severity == vectors[i].severity) {
            continue;
        }
        is_sound = false;
        print_error("vector %zu (%s=%s): %s expected, %zu found\n", i, vectors[i].changes[0][0],
                    vectors[i].changes[0][1], id == NULL ? "nothing" : id, count);
        for (size_t j = 0; j < count; j++) {
            print_error("  %s\n", findings[j].rule->id);
        }
    }
    assert_true(is_sound);
}

/* Empty is not complete: a report without figures is told, and passes with a reason. */
static void rules_check__fulfilment_without_figures__warning(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"branch", "a"}, {"obligation", "o"}, {"as_of", "30/09/2024"}, {NULL, NULL}};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    void *message = record_from_texts(schema_of(KIND_FULFILMENT), &arena, texts);

    assert_int_equal(check(KIND_FULFILMENT, message, SOUND_TODAY, findings), 1);

    assert_string_equal(findings[0].rule->id, "fulfilment.figure_missing");
    assert_int_equal(findings[0].severity, RULE_WARNING);
}

/* From 30/8/2025 points have bands: excellent from 90, good from 70, completed from 50. */
static void rules_check__points_and_class__agree_from_the_regulation_on(void **state)
{
    (void)state;
    enum { DAY_2026 = 20454 /* 01/01/2026 */ };
    static const struct {
        const char *year, *period, *points, *class, *id;
    } cases[] = {
        {"2025", "q3", "90", "excellent", NULL},
        {"2025", "q3", "89", "excellent", "evaluation.points"},
        {"2025", "year", "90", "good", "evaluation.points_unused"},
        {"2025", "year", "89", "good", NULL},
        {"2025", "year", "70", "good", NULL},
        {"2025", "year", "69", "good", "evaluation.points"},
        {"2025", "year", "50", "completed", NULL},
        {"2025", "year", "49", "completed", "evaluation.points"},
        {"2025", "year", "49", "not_completed", NULL},
        {"2025", "year", "50", "not_completed", "evaluation.points_unused"},
        {"2024", "year", "10", "excellent", NULL},
        {"2025", "q2", "95", "excellent", "evaluation.period"},
        {"2025", "term", "95", "excellent", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct kind_schema *schema = schema_of(KIND_EVALUATION);
        struct rule_finding findings[RULE_FINDINGS_MAX];
        void *message = sound_record(KIND_EVALUATION, &arena);
        record_set_text(schema, &arena, message, "year", cases[i].year);
        record_set_text(schema, &arena, message, "period", cases[i].period);
        record_set_text(schema, &arena, message, "points", cases[i].points);
        record_set_text(schema, &arena, message, "class", cases[i].class);

        size_t count = check(KIND_EVALUATION, message, DAY_2026, findings);

        assert_int_equal(count, cases[i].id != NULL);
        if (count > 0) {
            assert_string_equal(findings[0].rule->id, cases[i].id);
        }
    }
}

/* Every rule of these kinds that has a function has a vector that breaks it. */
static void rules__each_rule__has_a_vector(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {/* above */ "fulfilment.figure_missing",
                                            "evaluation.points",
                                            "evaluation.points_unused",
                                            /* test_rules.c */ "locality.valid_order",
                                            "locality.parent_missing",
                                            "locality.population_positive",
                                            "locality.population_future",
                                            "locality.population_twice",
                                            "branch.established_before_dissolved",
                                            "branch.parent_missing",
                                            "branch.sender_has_parent",
                                            "branch.list_without_code"};
    for (size_t i = 0; rules_at(i) != NULL; i++) {
        const struct rule_info *rule = rules_at(i);
        bool is_covered = rule->is_broken == NULL || rule->kind <= KIND_CODE || rule->kind == KIND_MEMBER ||
                          rule->kind > KIND_PRIVATE_UNIT;
        for (size_t j = 0; j < sizeof vectors / sizeof vectors[0]; j++) {
            is_covered = is_covered || (vectors[j].id != NULL && strcmp(vectors[j].id, rule->id) == 0);
        }
        for (size_t j = 0; j < sizeof elsewhere / sizeof elsewhere[0]; j++) {
            is_covered = is_covered || strcmp(elsewhere[j], rule->id) == 0;
        }
        if (!is_covered) {
            fail_msg("no vector breaks %s", rule->id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_check__each_vector__its_finding_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(rules_check__fulfilment_without_figures__warning, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(rules_check__points_and_class__agree_from_the_regulation_on,
                                        open_arena, close_arena),
        cmocka_unit_test(rules__each_rule__has_a_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
