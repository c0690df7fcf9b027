/* The life of a member as a state machine over the list `event` of the member's record. Rank 3. Pure.
 *
 *   rank        none ─► probationary ─► official                                  (readmitted: probationary again)
 *   situation   active ◄─► elsewhere, temporarily exempt, exempt, suspended       (present)
 *               present ─► transferred ─► active       present ─► ended ─► active       present ─► dead
 *
 * Events count by effective date, those of a day in the order of the list. life.def is the table. What a member was
 * before the first event is seldom known in full, so a state is a set of possibilities; an event may happen when one of
 * them allows it, and leaves those that did. The opening: nothing at all before `registered`, `admitted` and
 * `transfer_in`; else whatever the flat dates of the record do not rule out, where no event tells them. A situation with
 * an end date may have ended by itself from that day on. An event that may not happen changes nothing.
 *
 * The flat dates are what the events say (life_fold): what events tell is never typed a second time. */
#ifndef COMMON_RULES_LIFE_H
#define COMMON_RULES_LIFE_H

#include "common/record/schema.h"
#include "proto/records.pb-c.h"

enum { LIFE_SAME = 0 };

enum life_rank {
    LIFE_NONE = 1, /* not a member yet; has no situation */
    LIFE_PROBATIONARY = 2,
    LIFE_OFFICIAL = 4,
    LIFE_MEMBERS = LIFE_PROBATIONARY | LIFE_OFFICIAL,
    LIFE_RANKS = 3
};

enum life_situation {
    LIFE_ACTIVE = 1,
    LIFE_ELSEWHERE = 2,
    LIFE_TEMPORARILY_EXEMPT = 4,
    LIFE_EXEMPT = 8,
    LIFE_SUSPENDED = 16,
    LIFE_TRANSFERRED = 32,
    LIFE_ENDED = 64,
    LIFE_DEAD = 128,
    LIFE_PRESENT = 31,
    LIFE_GONE = 224,
    LIFE_ANY = 255,
    LIFE_SITUATIONS = 8
};

enum life_flags {
    LIFE_DECIDED = 1,       /* by a decision: number, date and authority */
    LIFE_DECIDED_LATER = 2, /* the decision may come after the day it takes effect */
    LIFE_SIDED = 4,         /* needs the other side of a transfer */
    LIFE_TIMED = 8,         /* may state its end */
    LIFE_ADMITS = 16,
    LIFE_ENDS = 32,
    LIFE_RETURNS = 64
};

enum life_event {
#define LIFE(symbol, event, from_ranks, from_situations, to_ranks, to_situations, flags) LIFE_EVENT_##symbol,
#include "common/rules/life.def"
    LIFE_EVENTS
};

/* One line of life.def. */
struct life_move {
    enum life_event event;
    const char *code;
    unsigned from_ranks, from_situations, to_ranks, to_situations, flags;
};

/* The situations possible at each rank (bit i of enum life_rank is index i). */
struct life_state {
    uint8_t situations[LIFE_RANKS];
};

struct life_step {
    const Dantin__MemberEvent *event; /* its effective date is stated */
    const struct life_move *move;
    struct life_state before; /* what was possible when it came */
    bool is_allowed;
};

const struct life_move *life_move_at(size_t index); /* NULL after the last */
/* NULL: no such event. */
const struct life_move *life_move_of(const char *code);

/* The events in order. Those without a date, of a type unknown, or past SCHEMA_LIST_ELEMENTS_MAX, which other rules
 * refuse, are left out. Returns how many. */
size_t life_walk(const Dantin__Member *member, struct life_step ret_steps[SCHEMA_LIST_ELEMENTS_MAX]);
/* May the event state this form or reason? */
bool life_has_detail(enum life_event event, const char *detail);
/* Ranks that are possible, of enum life_rank. */
unsigned life_ranks(const struct life_state *state);

/* Write into the member what its allowed events say: admission, official and ended dates, exemptions, card number, and
 * cells for transfers. What no event tells stays. Doing it twice changes nothing. ERR_TOO_BIG: the arena's cap, or more
 * than SCHEMA_LIST_ELEMENTS_MAX cells. */
MUST_CHECK enum err life_fold(void *member_message, struct arena *arena);
/* Does the record say something other than life_fold would write? */
bool life_disagrees(const Dantin__Member *member);

#endif
