/* Rules on election cases: order of the stages, deadlines, persons. */
#include "common/record/date.h"
#include "common/record/name.h"
#include "common/rules/calendar.h"
#include "common/rules/checks.h"
#include "common/rules/election.h"
#include "common/rules/persons.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

enum { MONTHS_PER_YEAR = 12 };

static bool is_counted(const struct election_step *step);
static const struct election_step *meeting_of(const struct election_course *course, uint32_t round);
static bool is_late_before(const struct rule_context *context, enum election_stage stage,
                           int32_t *ret_fact_date);
static bool is_answer(enum election_stage stage);
static bool is_one_candidate(const Dantin__ElectionCandidate *a, const Dantin__ElectionCandidate *b);

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_election_stage_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    struct election_course course;
    election_read(context->message, &course);
    for (size_t i = 0; i < course.count; i++) {
        if (course.steps[i].is_out_of_order) {
            return true;
        }
    }
    return false;
}

bool check_election_stage_skipped(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    struct election_course course;
    election_read(context->message, &course);
    for (size_t i = 0; i < course.count; i++) {
        if (course.steps[i].is_wrongly_skipped) {
            return true;
        }
    }
    return false;
}

bool check_election_round(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    struct election_course course;
    election_read(election, &course);
    for (size_t i = 0; i < course.count; i++) {
        const struct election_step *step = &course.steps[i];
        const Dantin__ElectionStage *stage = election->stage[step->index];
        if (is_counted(step) && step->stage == ELECTION_ELECTION && stage->has_round &&
            stage->round != step->round) {
            return true;
        }
    }
    return false;
}

bool check_election_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    struct election_course course;
    election_read(context->message, &course);
    for (size_t i = 0; i < course.count; i++) {
        if (course.steps[i].date > context->today && course.steps[i].outcome != ELECTION_PENDING) {
            return true;
        }
    }
    return false;
}

bool check_election_term_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    return election->has_term_from && election->has_term_to && election->term_to <= election->term_from;
}

bool check_election_candidate_twice(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    for (size_t i = 0; i < election->n_candidate && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        for (size_t j = 0; j < i; j++) {
            if (is_one_candidate(election->candidate[i], election->candidate[j])) {
                return true;
            }
        }
    }
    return false;
}

bool check_election_official_is_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_SAME);
}

bool check_election_official_like_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    return persons_in_both(context, "official", "candidate", PERSONS_ALIKE);
}

bool check_election_team_head(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    size_t heads = 0;
    for (size_t i = 0; i < election->n_official; i++) {
        heads += is_code(election->official[i]->role, "team_head");
    }
    return election->n_official > 0 && heads != 1;
}

bool check_election_candidate_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    struct election_course course;
    election_read(election, &course);
    for (size_t i = 0; i < course.count && election->n_candidate == 0; i++) {
        if (course.steps[i].stage == ELECTION_ELECTION && course.steps[i].outcome != ELECTION_PENDING) {
            return true;
        }
    }
    return false;
}

/* On the day of the first round; where none is held yet, today. */
bool check_election_candidate_age(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Election *election = context->message;
    struct election_course course;
    election_read(election, &course);
    const struct election_step *meeting = meeting_of(&course, 1);
    *ret_fact_date = meeting != NULL ? meeting->date : context->today;
    int months = threshold_on(ELECTION_CANDIDATE_YEARS_MIN, *ret_fact_date) * MONTHS_PER_YEAR;
    for (size_t i = 0; i < election->n_candidate; i++) {
        const Dantin__ElectionCandidate *candidate = election->candidate[i];
        if (candidate->has_birth_date && candidate->birth_date >= DATE_MIN &&
            candidate->birth_date <= DATE_MAX &&
            date_add_months(candidate->birth_date, months) > *ret_fact_date) {
            return true;
        }
    }
    return false;
}

bool check_election_pilot_candidate(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Election *election = context->message;
    bool is_pilot = election->has_is_pilot && election->is_pilot;
    for (size_t i = 0; i < election->n_candidate && is_pilot; i++) {
        if (is_code(election->candidate[i]->origin, "consultation") && !election->candidate[i]->has_member) {
            return true;
        }
    }
    return false;
}

bool check_election_deadline_hold_decision(const struct rule_context *context, int32_t *ret_fact_date)
{
    return is_late_before(context, ELECTION_HOLD_DECISION, ret_fact_date);
}

bool check_election_deadline_consultation(const struct rule_context *context, int32_t *ret_fact_date)
{
    return is_late_before(context, ELECTION_CONSULTATION, ret_fact_date);
}

bool check_election_deadline_team_decision(const struct rule_context *context, int32_t *ret_fact_date)
{
    return is_late_before(context, ELECTION_TEAM_DECISION, ret_fact_date);
}

bool check_election_deadline_posted(const struct rule_context *context, int32_t *ret_fact_date)
{
    return is_late_before(context, ELECTION_POSTED, ret_fact_date);
}

bool check_election_deadline_notice(const struct rule_context *context, int32_t *ret_fact_date)
{
    return is_late_before(context, ELECTION_NOTICE, ret_fact_date);
}

bool check_election_deadline_result_sent(const struct rule_context *context, int32_t *ret_fact_date)
{
    struct election_course course;
    election_read(context->message, &course);
    for (size_t i = 0; i < course.count; i++) {
        const struct election_step *step = &course.steps[i];
        const struct election_step *meeting = meeting_of(&course, step->round);
        if (step->stage != ELECTION_RESULT_SENT || !is_counted(step) || meeting == NULL) {
            continue;
        }
        int32_t days = threshold_on(ELECTION_WORKING_DAYS_SENT, meeting->date);
        if (days > 0 && step->date > calendar_add_working_days(meeting->date, (unsigned)days)) {
            *ret_fact_date = meeting->date;
            return true;
        }
    }
    return false;
}

/* The first answer to each receipt. */
bool check_election_deadline_recognition(const struct rule_context *context, int32_t *ret_fact_date)
{
    struct election_course course;
    const struct election_step *received = NULL;
    election_read(context->message, &course);
    for (size_t i = 0; i < course.count; i++) {
        const struct election_step *step = &course.steps[i];
        if (!is_counted(step)) {
            continue;
        }
        if (step->stage == ELECTION_RESULT_RECEIVED) {
            received = step;
        } else if (received != NULL && is_answer(step->stage)) {
            int32_t days = threshold_on(ELECTION_WORKING_DAYS_RECOGNITION, received->date);
            if (days > 0 && step->date > calendar_add_working_days(received->date, (unsigned)days)) {
                *ret_fact_date = received->date;
                return true;
            }
            received = NULL;
        }
    }
    return false;
}

bool check_election_rerun_days(const struct rule_context *context, int32_t *ret_fact_date)
{
    struct election_course course;
    election_read(context->message, &course);
    for (uint32_t round = 2; round <= course.round; round++) {
        const struct election_step *before = meeting_of(&course, round - 1);
        const struct election_step *meeting = meeting_of(&course, round);
        if (before == NULL || meeting == NULL || before->outcome != ELECTION_FAILED) {
            continue;
        }
        int32_t days = threshold_on(ELECTION_RERUN_DAYS_MAX, before->date);
        if (days > 0 && meeting->date - before->date > days) {
            *ret_fact_date = meeting->date;
            return true;
        }
    }
    return false;
}

// NOLINTEND(readability-non-const-parameter)

static bool is_counted(const struct election_step *step)
{
    return !step->is_out_of_order && !step->is_wrongly_skipped;
}

/* The vote of a round; NULL: none yet. */
static const struct election_step *meeting_of(const struct election_course *course, uint32_t round)
{
    for (size_t i = 0; i < course->count; i++) {
        const struct election_step *step = &course->steps[i];
        if (step->stage == ELECTION_ELECTION && step->round == round && is_counted(step)) {
            return step;
        }
    }
    return NULL;
}

/* The first time a stage is there before the first meeting counts; for a re-run only the notice has a deadline. */
static bool is_late_before(const struct rule_context *context, enum election_stage stage,
                           int32_t *ret_fact_date)
{
    struct election_course course;
    election_read(context->message, &course);
    uint32_t judged = 0; /* the last round in which the stage was seen */
    for (size_t i = 0; i < course.count; i++) {
        const struct election_step *step = &course.steps[i];
        const struct election_step *meeting = meeting_of(&course, step->round);
        bool is_asked = step->round == 1 || stage == ELECTION_NOTICE;
        if (step->stage != stage || !is_counted(step) || step->round == judged || meeting == NULL ||
            !is_asked) {
            continue;
        }
        judged = step->round;
        int32_t days = election_days_before(stage, meeting->date);
        if (days > 0 && step->date > meeting->date - days) {
            *ret_fact_date = meeting->date;
            return true;
        }
    }
    return false;
}

static bool is_answer(enum election_stage stage)
{
    return stage == ELECTION_RECOGNITION || stage == ELECTION_RECOGNITION_REFUSED ||
           stage == ELECTION_RERUN_ORDERED;
}

/* Two people of one name are told apart by their birth. */
static bool is_one_candidate(const Dantin__ElectionCandidate *a, const Dantin__ElectionCandidate *b)
{
    bool is_told_apart = a->has_birth_date && b->has_birth_date && a->birth_date != b->birth_date;
    return !is_told_apart && is_stated(a->name) && is_stated(b->name) &&
           name_is_same(bytes_of_text(a->name), bytes_of_text(b->name));
}
