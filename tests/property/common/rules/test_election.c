/* Random courses of elections: the table's verdict on each stage is that of a reference that looks back through what happened,
 * in plain conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/random.h"
#include "common/record/codes.h"
#include "common/rules/election.h"
#include "tests/lib/record_text.h"
#include "tests/lib/seed.h"

enum { COURSES = 10000, STAGES_MAX = 24, FIRST_DAY = 19700 };

struct event {
    const char *stage;
    const char *outcome; /* "" = not stated */
    int32_t date;
};

/* ---- the reference: what happened so far and counts ---- */

struct past {
    const struct event *events[STAGES_MAX];
    size_t count;
};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A vote whose outcome is not stated is pending, any other stage without one is done. */
static bool is_vote(const char *stage)
{
    return is(stage, "election") || is(stage, "committee_round") || is(stage, "secretary_round");
}

static bool is_done(const struct event *event)
{
    return is(event->outcome, "passed") || (is(event->outcome, "") && !is_vote(event->stage));
}

/* From where on? After the last re-run ordered; for the congress also after approval was last refused. */
static size_t start_of_round(const struct past *past, bool of_congress)
{
    size_t start = 0;
    for (size_t i = 0; i < past->count; i++) {
        bool is_start = is(past->events[i]->stage, "rerun_ordered") ||
                        (of_congress && is(past->events[i]->stage, "approval_refused"));
        start = is_start && is_done(past->events[i]) ? i + 1 : start;
    }
    return start;
}

static bool has(const struct past *past, const char *stage, const char *outcome)
{
    bool of_congress = is(stage, "committee_round") || is(stage, "secretary_round");
    for (size_t i = start_of_round(past, of_congress); i < past->count; i++) {
        const struct event *event = past->events[i];
        if (is(event->stage, stage) &&
            (is(outcome, "any") || (is(outcome, "done") ? is_done(event) : is(event->outcome, outcome)))) {
            return true;
        }
    }
    return false;
}

static bool reference_may(const struct past *past, const char *stage)
{
    bool held =
        has(past, "election", "passed") || has(past, "election", "failed") || has(past, "election", "");
    bool consulted = has(past, "consultation", "done");
    bool prepared =
        has(past, "team_decision", "done") || has(past, "posted", "done") || has(past, "notice", "done");
    bool recognised = has(past, "recognition", "done");
    bool undone = has(past, "recognition", "failed") || has(past, "recognition_refused", "done") ||
                  has(past, "annulment", "done");
    bool in_committee = has(past, "committee_round", "done");
    bool is_secretary = has(past, "secretary_round", "done");
    if (has(past, "closed", "done")) {
        return false;
    }
    if (is(stage, "hold_decision")) {
        return !held && !consulted && !prepared;
    }
    if (is(stage, "shortlist")) {
        return !held && !consulted;
    }
    if (is(stage, "consultation") || is(stage, "team_decision") || is(stage, "posted") ||
        is(stage, "notice") || is(stage, "election")) {
        return !held;
    }
    if (is(stage, "result_sent")) {
        return held && !has(past, "result_received", "done") && !recognised && !undone;
    }
    if (is(stage, "result_received")) {
        return held && !recognised && !undone;
    }
    if (is(stage, "recognition") || is(stage, "recognition_refused")) {
        return has(past, "election", "passed") && !recognised && !undone;
    }
    if (is(stage, "rerun_ordered")) {
        return has(past, "election", "failed") || undone;
    }
    if (is(stage, "annulment")) {
        return recognised && !undone;
    }
    if (is(stage, "introduction")) {
        return recognised && !undone && !has(past, "introduction", "done");
    }
    if (is(stage, "committee_round")) {
        return has(past, "introduction", "done") && !undone && !in_committee &&
               !has(past, "committee_round", "skipped");
    }
    if (is(stage, "secretary_round")) {
        return (in_committee || has(past, "committee_round", "skipped")) && !undone && !is_secretary;
    }
    if (is(stage, "approval")) {
        return (in_committee || is_secretary) && !undone;
    }
    if (is(stage, "approval_refused")) {
        return (in_committee || is_secretary) && !undone && !has(past, "approval", "done");
    }
    return is(stage, "closed");
}

/* ---- random courses ---- */

/* Mostly what may come next, so that courses get far. */
static struct event draw_event(struct prng *prng, const struct past *past, int32_t date)
{
    static const char *const outcomes[] = {"passed", "passed", "failed", "skipped", ""};
    struct event event = {.date = date, .outcome = outcomes[prng_below(prng, 5)]};
    unsigned tries = 1 + (unsigned)prng_below(prng, 20);
    do {
        unsigned from = prng_below(prng, 3) == 0 ? 0 : ELECTION_ELECTION;
        event.stage =
            election_stage_code((enum election_stage)(from + prng_below(prng, ELECTION_NONE - from)));
    } while (--tries > 0 && (!reference_may(past, event.stage) || is(event.stage, "closed")));
    return event;
}

static void add_stage(void *message, struct arena *arena, const struct event *event, unsigned element)
{
    const struct kind_schema *schema = schema_of(KIND_ELECTION);
    char path[32];
    int list = schema_list_index(schema, "stage");
    (void)snprintf(path, sizeof path, "stage.%u.type", element);
    record_set_text(schema, arena, message, path, event->stage);
    (void)snprintf(path, sizeof path, "stage.%u.outcome", element);
    record_set_text(schema, arena, message, path, event->outcome);
    struct value date = {.is_stated = true, .number = event->date};
    assert_int_equal(record_set_item(schema, arena, message, (size_t)list, element - 1, 1, date), ERR_OK);
}

/* The property itself; what is out of order is as if it were not there. */
static void election_read__random_courses__verdicts_of_the_reference(void **state)
{
    (void)state;
    uint64_t seed = seed_of_test();
    struct prng prng;
    size_t reached[ELECTION_NONE] = {0};
    size_t refused = 0;
    prng_init(&prng, seed);
    for (unsigned i = 0; i < COURSES; i++) {
        struct event events[STAGES_MAX];
        struct past past = {.count = 0};
        struct arena arena;
        struct election_course course;
        void *message = NULL;
        bool verdicts[STAGES_MAX];
        size_t count = prng_below(&prng, STAGES_MAX + 1);
        int32_t date = FIRST_DAY;
        arena_init(&arena, 1 << 20);
        assert_int_equal(record_new(schema_of(KIND_ELECTION), &arena, &message), ERR_OK);
        for (size_t j = 0; j < count; j++) {
            date += (int32_t)prng_below(&prng, 3);
            events[j] = draw_event(&prng, &past, date);
            add_stage(message, &arena, &events[j], (unsigned)j + 1);
            verdicts[j] = reference_may(&past, events[j].stage);
            if (verdicts[j]) {
                past.events[past.count++] = &events[j];
            }
        }
        election_read(message, &course);
        assert_int_equal(course.count, count);
        for (size_t j = 0; j < count; j++) {
            if (course.steps[j].is_out_of_order == verdicts[j]) {
                fail_msg("course %u: stage %zu, %s:%s (seed %llu)", i, j + 1, events[j].stage,
                         events[j].outcome, (unsigned long long)seed);
            }
            refused += !verdicts[j];
            reached[course.steps[j].stage] += verdicts[j];
        }
        struct election_due due[ELECTION_DUE_MAX];
        size_t due_count = election_next(message, date, due);
        assert_int_equal(due_count == 0, has(&past, "closed", "done"));
        arena_release(&arena);
    }
    for (unsigned i = 0; i < ELECTION_NONE; i++) {
        assert_true(reached[i] > 0); /* the courses got everywhere */
    }
    print_message("%zu stages out of order, %zu approvals\n", refused, reached[ELECTION_APPROVAL]);
}

/* The table has every stage of the code list, and none besides. */
static void election_stages__all__those_of_the_code_list(void **state)
{
    (void)state;
    unsigned count = 0;
    for (size_t i = 0; codes_at(i) != NULL; i++) {
        count += is(codes_at(i)->list, "election_stage");
    }
    assert_int_equal(count, ELECTION_NONE);
    for (unsigned i = 0; i < ELECTION_NONE; i++) {
        assert_non_null(
            codes_find("election_stage", bytes_of_text(election_stage_code((enum election_stage)i))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(election_read__random_courses__verdicts_of_the_reference),
        cmocka_unit_test(election_stages__all__those_of_the_code_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
