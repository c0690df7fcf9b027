/* See election.h. The machine is a set of facts: a stage needs some, is barred by some, and adds some. */
#include "common/rules/election.h"

#include <string.h>

#include "common/base/check.h"
#include "common/rules/calendar.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

enum {
    FACT_PREPARED = 1,         /* team, posting or notice */
    FACT_CONSULTED = 2,        /* the Front's list stands */
    FACT_HELD = 4,             /* the people have voted, or will on a day that is set */
    FACT_ELECTED = 8,          /* … and somebody won */
    FACT_NOT_ELECTED = 16,     /* … and nobody did */
    FACT_SENT = 32,            /* the result, to the commune */
    FACT_RECEIVED = 64,        /* … and it is there */
    FACT_RECOGNISED = 128,     /* head of the hamlet */
    FACT_UNDONE = 256,         /* recognition refused, or annulled */
    FACT_INTRODUCED = 512,     /* to the cell's congress */
    FACT_COMMITTEE = 1024,     /* in the committee, or the cell has none */
    FACT_SECRETARY = 2048,     /* elected secretary */
    FACT_CHOSEN = 4096,        /* elected to something that wants approval */
    FACT_APPROVED = 8192,      /* by the committee above */
    FACT_CLOSED = 16384,       /* nothing follows */
    FACT_NONE_LEFT = 32768,    /* a new round: all facts go */
    FACT_NOT_APPROVED = 65536, /* the congress's choices go */
};

enum stage_kind { MAY_SKIP, MUST, VOTE, VOTE_MAY_SKIP };

static const struct stage_row {
    const char *code;
    unsigned needs;
    enum election_stage first;
    unsigned bars;
    unsigned passed, failed;
    enum stage_kind kind;
    unsigned skipped;
    const char *days;
    const char *rule;
} rows[] = {
#define STAGE(symbol, code, needs, first, bars, passed, failed, skip, skipped, days, rule) \
    {code, needs, ELECTION_##first, bars, passed, failed, skip, skipped, days, rule},
#include "common/rules/election_stages.def"
#undef STAGE
};

static void sort_steps(const Dantin__Election *election, struct election_course *course);
static enum election_stage stage_of(const char *code);
static enum election_outcome outcome_of(const struct stage_row *row, const char *code);
static void take(struct election_course *course, struct election_step *step);
static unsigned add_facts(unsigned facts, unsigned more);
static const struct election_step *last_of(const struct election_course *course, enum election_stage stage,
                                           uint32_t round);
static size_t next_preparation(const struct election_course *course, int32_t today, struct election_due *due);
static size_t next_result(const struct election_course *course, int32_t today, struct election_due *due);
static size_t next_congress(const struct election_course *course, bool is_pilot, struct election_due *due);
static void set_date(struct election_due *due, int32_t date, const char *rule, int32_t today);

void election_read(const void *message, struct election_course *ret_course)
{
    const Dantin__Election *election = message;
    *ret_course = (struct election_course){.round = 1};
    sort_steps(election, ret_course);
    for (size_t i = 0; i < ret_course->count; i++) {
        take(ret_course, &ret_course->steps[i]);
    }
}

const char *election_stage_code(enum election_stage stage)
{
    REQUIRE(stage < ELECTION_NONE);
    return rows[stage].code;
}

int32_t election_days_before(enum election_stage stage, int32_t meeting)
{
    REQUIRE(stage < ELECTION_NONE);
    return rows[stage].days[0] != '\0' ? threshold_value(rows[stage].days, meeting) : 0;
}

size_t election_next(const void *message, int32_t today, struct election_due ret_due[ELECTION_DUE_MAX])
{
    const Dantin__Election *election = message;
    struct election_course course;
    election_read(message, &course);
    if (course.facts & FACT_CLOSED) {
        return 0;
    }
    if (course.facts & FACT_UNDONE) {
        ret_due[0] = (struct election_due){.stage = ELECTION_RERUN_ORDERED, .rule = ""};
        return 1;
    }
    if (course.facts & FACT_RECOGNISED) {
        return next_congress(&course, election->has_is_pilot && election->is_pilot, ret_due);
    }
    if (course.facts & (FACT_ELECTED | FACT_NOT_ELECTED)) {
        return next_result(&course, today, ret_due);
    }
    return next_preparation(&course, today, ret_due);
}

/* ---- the machine ---- */

/* By date, those of one day as listed. What has no date or no known type is told by other rules. */
static void sort_steps(const Dantin__Election *election, struct election_course *course)
{
    for (size_t i = 0; i < election->n_stage && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        const Dantin__ElectionStage *stage = election->stage[i];
        enum election_stage type = stage_of(stage->type);
        if (!stage->has_date || type == ELECTION_NONE) {
            continue;
        }
        size_t place = course->count++;
        while (place > 0 && course->steps[place - 1].date > stage->date) {
            course->steps[place] = course->steps[place - 1];
            place--;
        }
        course->steps[place] = (struct election_step){.index = i,
                                                      .stage = type,
                                                      .outcome = outcome_of(&rows[type], stage->outcome),
                                                      .date = stage->date,
                                                      .first = ELECTION_NONE};
    }
}

static enum election_stage stage_of(const char *code)
{
    unsigned stage = 0;
    while (stage < ELECTION_NONE && !is_code(code, rows[stage].code)) {
        stage++;
    }
    return (enum election_stage)stage;
}

static enum election_outcome outcome_of(const struct stage_row *row, const char *code)
{
    if (is_code(code, "failed")) {
        return ELECTION_FAILED;
    }
    if (is_code(code, "skipped")) {
        return ELECTION_SKIPPED;
    }
    bool is_vote = row->kind == VOTE || row->kind == VOTE_MAY_SKIP;
    return is_code(code, "passed") || !is_vote ? ELECTION_PASSED : ELECTION_PENDING;
}

static void take(struct election_course *course, struct election_step *step)
{
    const struct stage_row *row = &rows[step->stage];
    unsigned barring = course->facts & (row->bars | FACT_CLOSED);
    step->round = course->round;
    if (barring != 0) {
        step->is_out_of_order = true;
        bool is_lifted = (barring & (FACT_HELD | FACT_UNDONE)) != 0 && (barring & FACT_CLOSED) == 0;
        step->first = is_lifted ? ELECTION_RERUN_ORDERED : ELECTION_NONE;
        return;
    }
    if (row->needs != 0 && (course->facts & row->needs) == 0) {
        step->is_out_of_order = true;
        step->first = row->first;
        return;
    }
    switch (step->outcome) {
    case ELECTION_PASSED:
        course->facts = add_facts(course->facts, row->passed);
        course->round += step->stage == ELECTION_RERUN_ORDERED;
        break;
    case ELECTION_FAILED:
        course->facts = add_facts(course->facts, row->failed);
        break;
    case ELECTION_SKIPPED:
        step->is_wrongly_skipped = row->kind == MUST || row->kind == VOTE;
        course->facts = add_facts(course->facts, row->skipped);
        break;
    case ELECTION_PENDING:
        course->facts |= step->stage == ELECTION_ELECTION ? FACT_HELD : 0U;
        break;
    }
}

static unsigned add_facts(unsigned facts, unsigned more)
{
    if (more & FACT_NONE_LEFT) {
        return 0;
    }
    if (more & FACT_NOT_APPROVED) {
        return facts & ~(unsigned)(FACT_COMMITTEE | FACT_SECRETARY | FACT_CHOSEN);
    }
    return facts | more;
}

/* ---- what is due ---- */

static const struct election_step *last_of(const struct election_course *course, enum election_stage stage,
                                           uint32_t round)
{
    const struct election_step *found = NULL;
    for (size_t i = 0; i < course->count; i++) {
        const struct election_step *step = &course->steps[i];
        if (step->stage == stage && step->round == round && !step->is_out_of_order &&
            !step->is_wrongly_skipped) {
            found = step;
        }
    }
    return found;
}

/* What the meeting still lacks, and the meeting. A re-run is noticed again; the rest stands. */
static size_t next_preparation(const struct election_course *course, int32_t today, struct election_due *due)
{
    const struct election_step *meeting = last_of(course, ELECTION_ELECTION, course->round);
    size_t count = 0;
    for (unsigned stage = 0; stage < ELECTION_ELECTION; stage++) {
        bool is_asked = stage != ELECTION_SHORTLIST && (course->round == 1 || stage == ELECTION_NOTICE);
        if (!is_asked || last_of(course, (enum election_stage)stage, course->round) != NULL) {
            continue;
        }
        due[count] = (struct election_due){.stage = (enum election_stage)stage, .rule = ""};
        int32_t days = meeting != NULL ? election_days_before((enum election_stage)stage, meeting->date) : 0;
        if (days > 0) {
            set_date(&due[count], meeting->date - days, rows[stage].rule, today);
        }
        count++;
    }
    due[count] = (struct election_due){.stage = ELECTION_ELECTION, .rule = ""};
    const struct election_step *before =
        course->round > 1 ? last_of(course, ELECTION_ELECTION, course->round - 1) : NULL;
    if (meeting != NULL) {
        set_date(&due[count], meeting->date, "", today);
    } else if (before != NULL && before->outcome == ELECTION_FAILED &&
               threshold_on(ELECTION_RERUN_DAYS_MAX, before->date) > 0) {
        set_date(&due[count], before->date + threshold_on(ELECTION_RERUN_DAYS_MAX, before->date),
                 "election.rerun_days", today);
    }
    return count + 1;
}

/* The result goes to the commune, which recognises it or orders a re-run. */
static size_t next_result(const struct election_course *course, int32_t today, struct election_due *due)
{
    const struct election_step *meeting = last_of(course, ELECTION_ELECTION, course->round);
    const struct election_step *received = last_of(course, ELECTION_RESULT_RECEIVED, course->round);
    INVARIANT(meeting != NULL); /* a fact of this round says so */
    int32_t sent_days = threshold_on(ELECTION_WORKING_DAYS_SENT, meeting->date);
    int32_t answer_days = threshold_on(ELECTION_WORKING_DAYS_RECOGNITION, meeting->date);
    *due = (struct election_due){.rule = ""};
    if (received != NULL) {
        due->stage = course->facts & FACT_ELECTED ? ELECTION_RECOGNITION : ELECTION_RERUN_ORDERED;
        if (answer_days > 0) {
            set_date(due, calendar_add_working_days(received->date, (unsigned)answer_days),
                     "election.deadline_recognition", today);
        }
    } else if (course->facts & FACT_SENT) {
        due->stage = ELECTION_RESULT_RECEIVED;
    } else {
        due->stage = ELECTION_RESULT_SENT;
        if (sent_days > 0) {
            set_date(due, calendar_add_working_days(meeting->date, (unsigned)sent_days),
                     "election.deadline_result_sent", today);
        }
    }
    return 1;
}

/* The pilot goes on to the cell's congress; where a stage there failed or was left out, to its end. */
static size_t next_congress(const struct election_course *course, bool is_pilot, struct election_due *due)
{
    static const struct {
        enum election_stage stage;
        unsigned fact;
    } chain[] = {{ELECTION_INTRODUCTION, FACT_INTRODUCED},
                 {ELECTION_COMMITTEE_ROUND, FACT_COMMITTEE},
                 {ELECTION_SECRETARY_ROUND, FACT_SECRETARY},
                 {ELECTION_APPROVAL, FACT_APPROVED}};
    *due = (struct election_due){.stage = ELECTION_CLOSED, .rule = ""};
    for (size_t i = 0; is_pilot && i < sizeof chain / sizeof chain[0]; i++) {
        if (course->facts & chain[i].fact) {
            continue;
        }
        const struct election_step *tried = last_of(course, chain[i].stage, course->round);
        bool has_ended = tried != NULL && tried->outcome != ELECTION_PENDING;
        if (!has_ended) {
            bool has_reason = chain[i].stage != ELECTION_APPROVAL || (course->facts & FACT_CHOSEN) != 0;
            due->stage = has_reason ? chain[i].stage : ELECTION_CLOSED;
            return 1;
        }
        if (chain[i].stage != ELECTION_SECRETARY_ROUND) {
            return 1;
        }
    }
    return 1;
}

static void set_date(struct election_due *due, int32_t date, const char *rule, int32_t today)
{
    due->has_date = true;
    due->date = date;
    due->rule = rule;
    due->is_late = date < today;
}
