/* The course of an election of a hamlet's head ("Dân tin – Đảng cử"): which stage may follow which, what is late, what is due
 * next. Rank 3. Pure. The stages and what they need: election_stages.def.
 *
 * Stages are taken by date, those of one day in the order of the list. Rounds of the election follow one another by
 * rerun_ordered; each round is prepared and held anew. */
#ifndef COMMON_RULES_ELECTION_H
#define COMMON_RULES_ELECTION_H

#include "common/record/schema.h"

enum election_stage {
#define STAGE(symbol, code, needs, first, bars, passed, failed, skip, skipped, days, rule) ELECTION_##symbol,
#include "common/rules/election_stages.def"
#undef STAGE
    ELECTION_NONE
};

enum election_outcome { ELECTION_PENDING, ELECTION_PASSED, ELECTION_FAILED, ELECTION_SKIPPED };

/* A stage of the case that is dated and of a known type. */
struct election_step {
    size_t index; /* in the record's list */
    enum election_stage stage;
    enum election_outcome outcome;
    int32_t date;
    uint32_t round; /* counted from 1; a re-run ordered is the last of its round */
    /* It cannot come here: `first` must come before it, or (ELECTION_NONE) it belongs before stages that are there. It is
     * left out of what follows. */
    bool is_out_of_order;
    enum election_stage first;
    bool is_wrongly_skipped; /* left out of what follows too */
};

struct election_course {
    struct election_step steps[SCHEMA_LIST_ELEMENTS_MAX]; /* a longer list is refused anyway */
    size_t count;
    uint32_t round;
    unsigned facts; /* private to election.c */
};

/* message: of kind election. */
void election_read(const void *message, struct election_course *ret_course);

const char *election_stage_code(enum election_stage stage); /* not of ELECTION_NONE */
/* The least days a stage comes before a meeting on that date; 0: no deadline in the rule set of the date. */
int32_t election_days_before(enum election_stage stage, int32_t meeting);

/* What is due. */
struct election_due {
    enum election_stage stage;
    bool has_date;
    int32_t date;
    bool is_late;     /* its date is past, and it is not there */
    const char *rule; /* id of the rule the date comes from; "": none */
};
enum { ELECTION_DUE_MAX = 8 };
/* What comes next, in order; nothing of a closed case. Writes at most ELECTION_DUE_MAX; returns how many. */
size_t election_next(const void *message, int32_t today, struct election_due ret_due[ELECTION_DUE_MAX]);

#endif
