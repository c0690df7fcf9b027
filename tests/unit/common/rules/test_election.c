/* Election cases: each rule with a case that keeps it and one that breaks it; the order of stages; what is due next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/record/date.h"
#include "common/rules/election.h"
#include "tests/lib/record_text.h"
#include "tests/lib/rule_vector.h"

enum { TODAY = 20400 /* 08/11/2025 */, LINE_BYTES = 160 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define E RULE_ERROR
#define W RULE_WARNING

/* T is Sunday 10/12/2023, under Decree 59; every stage on its last day. */
static const char *const whole[][2] = {{"branch", "b"},
                                       {"locality", "l"},
                                       {"is_pilot", "1"},
                                       {"term_from", "25/12/2023"},
                                       {"term_to", "25/06/2026"},
                                       {"stage.1.type", "hold_decision"},
                                       {"stage.1.date", "20/11/2023"},
                                       {"stage.2.type", "shortlist"},
                                       {"stage.2.date", "21/11/2023"},
                                       {"stage.3.type", "consultation"},
                                       {"stage.3.date", "25/11/2023"},
                                       {"stage.4.type", "team_decision"},
                                       {"stage.4.date", "30/11/2023"},
                                       {"stage.5.type", "posted"},
                                       {"stage.5.date", "03/12/2023"},
                                       {"stage.6.type", "notice"},
                                       {"stage.6.date", "08/12/2023"},
                                       {"stage.7.type", "election"},
                                       {"stage.7.date", "10/12/2023"},
                                       {"stage.7.round", "1"},
                                       {"stage.7.outcome", "passed"},
                                       {"stage.8.type", "result_sent"},
                                       {"stage.8.date", "15/12/2023"},
                                       {"stage.9.type", "result_received"},
                                       {"stage.9.date", "18/12/2023"},
                                       {"stage.10.type", "recognition"},
                                       {"stage.10.date", "25/12/2023"},
                                       {"candidate.1.name", "Hồ Văn Rê"},
                                       {"candidate.1.member", "m"},
                                       {"candidate.1.birth_date", "10/12/2002"},
                                       {"candidate.1.origin", "consultation"},
                                       {"official.1.name", "Lê Văn An"},
                                       {"official.1.role", "team_head"},
                                       {"official.2.name", "Lê Văn Ba"},
                                       {"official.2.role", "team_member"},
                                       {NULL, NULL}};

/* The first round of 2022 elects nobody. */
static const char *const rerun[][2] = {{"branch", "b"},
                                       {"locality", "l"},
                                       {"term_from", "15/06/2022"},
                                       {"stage.1.type", "election"},
                                       {"stage.1.date", "22/05/2022"},
                                       {"stage.1.outcome", "failed"},
                                       {"stage.2.type", "rerun_ordered"},
                                       {"stage.2.date", "25/05/2022"},
                                       {"stage.3.type", "election"},
                                       {"stage.3.date", "06/06/2022"},
                                       {"stage.3.round", "2"},
                                       {"stage.3.outcome", "passed"},
                                       {"candidate.1.name", "Hồ Văn Rê"},
                                       {NULL, NULL}};

static const struct rule_vector of_whole[] = {
    {"every stage on its last day", NULL, E, {{NULL}}},
    {"decided 19 days before", "election.deadline_hold_decision", W, {{"stage.1.date", "21/11/2023"}}},
    {"consulted 14 days before", "election.deadline_consultation", W, {{"stage.3.date", "26/11/2023"}}},
    {"a team 9 days before", "election.deadline_team_decision", W, {{"stage.4.date", "01/12/2023"}}},
    {"posted 6 days before", "election.deadline_posted", W, {{"stage.5.date", "04/12/2023"}}},
    {"notice the day before", "election.deadline_notice", W, {{"stage.6.date", "09/12/2023"}}},
    {"sent on the sixth working day", "election.deadline_result_sent", W, {{"stage.8.date", "18/12/2023"}}},
    {"recognised on the sixth working day",
     "election.deadline_recognition",
     W,
     {{"stage.10.date", "26/12/2023"}}},
    {"the same, before Decree 59: no deadline",
     NULL,
     E,
     {{"stage.1.date", "09/07/2023"},
      {"stage.2.date", "09/07/2023"},
      {"stage.3.date", "09/07/2023"},
      {"stage.4.date", "09/07/2023"},
      {"stage.5.date", "09/07/2023"},
      {"stage.6.date", "09/07/2023"},
      {"stage.7.date", "10/07/2023"},
      {"candidate.1.birth_date", "01/01/1990"}}},
    {"recognised before the election", "election.stage_order", E, {{"stage.10.date", "09/12/2023"}}},
    {"recognised without a winner", "election.stage_order", E, {{"stage.7.outcome", "failed"}}},
    {"recognised without an outcome", "election.stage_order", E, {{"stage.7.outcome", ""}}},
    {"the shortlist after the consultation", "election.stage_order", E, {{"stage.2.date", "26/11/2023"}}},
    {"the notice after the election", "election.stage_order", E, {{"stage.6.date", "11/12/2023"}}},
    {"a skipped recognition", "election.stage_skipped", E, {{"stage.10.outcome", "skipped"}}},
    {"a skipped shortlist", NULL, E, {{"stage.2.outcome", "skipped"}}},
    {"a failed shortlist fails alone", NULL, E, {{"stage.2.outcome", "failed"}}},
    {"the first round called the second", "election.round", E, {{"stage.7.round", "2"}}},
    {"recognised tomorrow",
     "election.future_date",
     E,
     {{"stage.9.date", "07/11/2025"}, {"stage.10.date", "09/11/2025"}}},
    {"a term of no day", "election.term_order", E, {{"term_to", "25/12/2023"}}},
    {"the same candidate twice",
     "election.candidate_twice",
     E,
     {{"candidate.2.name", "HỒ VĂN RÊ"}, {"candidate.2.member", "n"}}},
    {"two of one name, born on two days",
     NULL,
     E,
     {{"candidate.2.name", "Hồ Văn Rê"},
      {"candidate.2.birth_date", "01/01/1980"},
      {"candidate.2.member", "n"}}},
    {"a candidate on the team", "election.official_is_candidate", E, {{"official.2.name", "hồ văn rê"}}},
    {"a name without marks", "election.official_like_candidate", W, {{"official.2.name", "Ho Van Re"}}},
    {"a team without a head", "election.team_head", W, {{"official.1.role", "team_member"}}},
    {"a team of two heads", "election.team_head", W, {{"official.2.role", "team_head"}}},
    {"21 the day after", "election.candidate_age", W, {{"candidate.1.birth_date", "11/12/2002"}}},
    {"put forward in the pilot, no member", "election.pilot_candidate", W, {{"candidate.1.member", ""}}},
    {"the same outside the pilot", NULL, E, {{"candidate.1.member", ""}, {"is_pilot", "0"}}},
    {"from the floor", NULL, E, {{"candidate.1.member", ""}, {"candidate.1.origin", "floor"}}},
};

static const struct rule_vector of_rerun[] = {
    {"a re-run on the fifteenth day", NULL, E, {{NULL}}},
    {"a re-run on the sixteenth day", "election.rerun_days", W, {{"stage.3.date", "07/06/2022"}}},
    {"a second round without an order",
     "election.stage_order",
     E,
     {{"stage.2.type", "posted"}, {"stage.2.date", "20/05/2022"}}},
    {"a re-run ordered after a winner",
     "election.stage_order",
     E,
     {{"stage.1.outcome", "passed"},
      {"stage.3.type", "result_sent"},
      {"stage.3.date", "23/05/2022"},
      {"stage.3.outcome", ""}}},
    {"a planned re-run", NULL, E, {{"stage.3.outcome", ""}}},
};

/* Each case gives its one finding: no rule fires on a neighbour's fault. */
static void election_rules__each_vector__its_finding_only(void **state)
{
    (void)state;
    rule_vectors_run(KIND_ELECTION, whole, TODAY, of_whole, COUNT(of_whole));
    rule_vectors_run(KIND_ELECTION, rerun, TODAY, of_rerun, COUNT(of_rerun));
}

/* No rule without an example. */
static void election_rules__all_of_them__have_a_vector(void **state)
{
    (void)state;
    static const char *const none[][2] = {{"branch", "b"},
                                          {"locality", "l"},
                                          {"term_from", "15/06/2022"},
                                          {"stage.1.type", "election"},
                                          {"stage.1.date", "22/05/2022"},
                                          {"stage.1.outcome", "passed"},
                                          {NULL, NULL}};
    static const struct rule_vector missing[] = {
        {"an election of nobody listed", "election.candidate_missing", W, {{NULL}}},
        {"planned, nobody listed", NULL, W, {{"stage.1.outcome", ""}}},
    };
    rule_vectors_run(KIND_ELECTION, none, TODAY, missing, COUNT(missing));
    const struct rule_vector *tables[] = {of_whole, of_rerun, missing};
    const size_t counts[] = {COUNT(of_whole), COUNT(of_rerun), COUNT(missing)};
    rule_vectors_cover(KIND_ELECTION, tables, counts, COUNT(tables));
}

/* A case of stages "type[:outcome]", a day apart from 01/09/2025. */
static void *case_of(struct arena *arena, const char *stages)
{
    const struct kind_schema *schema = schema_of(KIND_ELECTION);
    void *message = NULL;
    char text[1024];
    char *rest = NULL;
    unsigned count = 0;
    assert_int_equal(record_new(schema, arena, &message), ERR_OK);
    (void)snprintf(text, sizeof text, "%s", stages);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char path[LINE_BYTES];
        char date[LINE_BYTES];
        char *outcome = strchr(word, ':');
        if (outcome != NULL) {
            *outcome++ = '\0';
        }
        count++;
        (void)snprintf(path, sizeof path, "stage.%u.type", count);
        record_set_text(schema, arena, message, path, word);
        (void)snprintf(path, sizeof path, "stage.%u.date", count);
        (void)snprintf(date, sizeof date, "%02u/09/2025", count);
        record_set_text(schema, arena, message, path, date);
        (void)snprintf(path, sizeof path, "stage.%u.outcome", count);
        record_set_text(schema, arena, message, path, outcome != NULL ? outcome : "");
    }
    return message;
}

/* Every way through the table, read by a person: which stage is out of order, and what must come first. */
static void election_read__courses__the_first_out_of_order(void **state)
{
    (void)state;
    static const struct {
        const char *stages;
        int out_of_order; /* from 1; 0: none */
        enum election_stage first;
    } cases[] = {
        {"", 0, ELECTION_NONE},
        {"election:passed recognition introduction committee_round:passed secretary_round:passed approval "
         "closed",
         0, ELECTION_NONE},
        {"election:passed recognition introduction committee_round:skipped secretary_round:passed approval",
         0, ELECTION_NONE},
        {"election:passed recognition introduction committee_round:failed committee_round:passed "
         "secretary_round:failed "
         "secretary_round:passed approval",
         0, ELECTION_NONE},
        {"election:passed recognition introduction committee_round:passed secretary_round:failed approval", 0,
         ELECTION_NONE},
        {"election:passed recognition introduction committee_round:failed secretary_round:passed", 5,
         ELECTION_COMMITTEE_ROUND},
        {"election:passed recognition introduction secretary_round:passed", 4, ELECTION_COMMITTEE_ROUND},
        {"election:passed recognition introduction:failed committee_round:passed", 4, ELECTION_INTRODUCTION},
        {"election:passed recognition committee_round:passed", 3, ELECTION_INTRODUCTION},
        {"election:passed introduction", 2, ELECTION_RECOGNITION},
        {"recognition", 1, ELECTION_ELECTION},
        {"election recognition", 2, ELECTION_ELECTION},
        {"election:failed recognition", 2, ELECTION_ELECTION},
        {"election:failed rerun_ordered election:failed rerun_ordered election:passed recognition", 0,
         ELECTION_NONE},
        {"election:failed election:passed", 2, ELECTION_RERUN_ORDERED},
        {"election:passed rerun_ordered", 2, ELECTION_ELECTION},
        {"election:passed recognition_refused rerun_ordered election:passed recognition", 0, ELECTION_NONE},
        {"election:passed recognition_refused recognition", 3, ELECTION_RERUN_ORDERED},
        {"election:passed recognition:failed rerun_ordered", 0, ELECTION_NONE},
        {"election:passed annulment", 2, ELECTION_RECOGNITION},
        {"election:passed recognition annulment introduction", 4, ELECTION_RERUN_ORDERED},
        {"election:passed recognition introduction committee_round:passed annulment rerun_ordered "
         "election:passed",
         0, ELECTION_NONE},
        {"result_sent", 1, ELECTION_ELECTION},
        {"election:failed result_sent result_received rerun_ordered", 0, ELECTION_NONE},
        {"election:failed result_received result_sent", 3, ELECTION_NONE},
        {"consultation shortlist", 2, ELECTION_NONE},
        {"consultation:failed shortlist consultation", 0, ELECTION_NONE},
        {"shortlist hold_decision consultation", 0, ELECTION_NONE},
        {"posted hold_decision", 2, ELECTION_NONE},
        {"election:passed posted", 2, ELECTION_RERUN_ORDERED},
        {"election:passed recognition introduction committee_round:skipped secretary_round:failed approval",
         6, ELECTION_SECRETARY_ROUND},
        {"election:passed recognition introduction committee_round:passed approval_refused "
         "committee_round:passed "
         "secretary_round:passed approval",
         0, ELECTION_NONE},
        {"hold_decision closed", 0, ELECTION_NONE},
        {"hold_decision closed notice", 3, ELECTION_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        struct election_course course;
        arena_init(&arena, 1 << 20);
        election_read(case_of(&arena, cases[i].stages), &course);
        int found = 0;
        enum election_stage first = ELECTION_NONE;
        for (size_t j = course.count; j-- > 0;) {
            if (course.steps[j].is_out_of_order) {
                found = (int)j + 1;
                first = course.steps[j].first;
            }
        }
        if (found != cases[i].out_of_order || first != cases[i].first) {
            fail_msg("%s: stage %d is out of order, needs %d", cases[i].stages, found, (int)first);
        }
        arena_release(&arena);
    }
}

/* Stages are taken by date, whatever the order of the lines; of one day as listed. */
static void election_read__lines_in_any_order__by_date(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_ELECTION);
    struct arena arena;
    struct election_course course;
    arena_init(&arena, 1 << 20);
    void *message = case_of(&arena, "recognition election:passed notice");
    record_set_text(schema, &arena, message, "stage.1.date", "04/09/2025");
    record_set_text(schema, &arena, message, "stage.3.date", "02/09/2025");
    election_read(message, &course);
    assert_int_equal(course.count, 3);
    assert_int_equal(course.steps[0].stage, ELECTION_ELECTION);
    assert_int_equal(course.steps[1].stage, ELECTION_NOTICE);
    assert_true(course.steps[1].is_out_of_order); /* listed after the election of its day */
    assert_int_equal(course.steps[2].stage, ELECTION_RECOGNITION);
    assert_false(course.steps[2].is_out_of_order);
    assert_int_equal(course.steps[2].index, 0);
    arena_release(&arena);
}

/* What is due, as one line: "stage date!rule", ! when late. */
static void write_due(const void *message, int32_t today, char *out, size_t out_bytes)
{
    struct election_due due[ELECTION_DUE_MAX];
    size_t count = election_next(message, today, due);
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char date[DATE_TEXT_BYTES] = "";
        if (due[i].has_date) {
            date_format_iso(due[i].date, date);
        }
        len += (size_t)snprintf(out + len, out_bytes - len, "%s%s %s%s", i > 0 ? ", " : "",
                                election_stage_code(due[i].stage), date, due[i].is_late ? "!" : "");
        assert_true(len < out_bytes);
    }
}

/* What comes next, at each turn of a case; deadlines where the rule set has one. */
static void election_next__each_turn__what_is_due_and_when(void **state)
{
    (void)state;
    static const struct {
        const char *stages;
        const char *is_pilot;
        const char *due;
    } cases[] = {
        {"", "0", "hold_decision , consultation , team_decision , posted , notice , election "},
        {"hold_decision consultation team_decision election", "0",
         "posted 2025-08-28!, notice 2025-09-02!, election 2025-09-04!"},
        {"election:passed", "0", "result_sent 2025-09-09!"},
        {"election:passed result_sent", "0", "result_received "},
        {"election:passed result_sent result_received", "0", "recognition 2025-09-10!"},
        {"election:failed result_sent result_received", "0", "rerun_ordered 2025-09-10!"},
        {"election:failed rerun_ordered", "0", "notice , election "},
        {"election:passed recognition_refused", "0", "rerun_ordered "},
        {"election:passed recognition", "0", "closed "},
        {"election:passed recognition", "1", "introduction "},
        {"election:passed recognition introduction", "1", "committee_round "},
        {"election:passed recognition introduction:skipped", "1", "closed "},
        {"election:passed recognition introduction committee_round:passed", "1", "secretary_round "},
        {"election:passed recognition introduction committee_round:failed", "1", "closed "},
        {"election:passed recognition introduction committee_round:passed secretary_round:failed", "1",
         "approval "},
        {"election:passed recognition introduction committee_round:skipped secretary_round:failed", "1",
         "closed "},
        {"election:passed recognition introduction committee_round:skipped secretary_round:passed", "1",
         "approval "},
        {"election:passed recognition introduction committee_round:skipped secretary_round:passed approval",
         "1", "closed "},
        {"election:passed recognition closed", "1", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena;
        char due[512];
        arena_init(&arena, 1 << 20);
        void *message = case_of(&arena, cases[i].stages);
        record_set_text(schema_of(KIND_ELECTION), &arena, message, "is_pilot", cases[i].is_pilot);
        write_due(message, TODAY, due, sizeof due);
        if (strcmp(due, cases[i].due) != 0) {
            fail_msg("%s: due %s", cases[i].stages, due);
        }
        arena_release(&arena);
    }
}

/* In 2022 a re-run is due in 15 days, and nothing has a deadline before it; not late while its day is to come. */
static void election_next__rules_of_2008__rerun_in_15_days(void **state)
{
    (void)state;
    struct arena arena;
    char due[512];
    arena_init(&arena, 1 << 20);
    void *message = record_from_texts(schema_of(KIND_ELECTION), &arena, rerun);
    record_set_text(schema_of(KIND_ELECTION), &arena, message, "stage.3.type", "posted");
    write_due(message, 19140 /* 28/05/2022 */, due, sizeof due);
    assert_string_equal(due, "notice , election 2022-06-06");
    write_due(message, 19150 /* 07/06/2022 */, due, sizeof due);
    assert_string_equal(due, "notice , election 2022-06-06!");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(election_rules__each_vector__its_finding_only),
        cmocka_unit_test(election_rules__all_of_them__have_a_vector),
        cmocka_unit_test(election_read__courses__the_first_out_of_order),
        cmocka_unit_test(election_read__lines_in_any_order__by_date),
        cmocka_unit_test(election_next__each_turn__what_is_due_and_when),
        cmocka_unit_test(election_next__rules_of_2008__rerun_in_15_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
