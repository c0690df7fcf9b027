/* See life.h: the table and the walk along it. */
#include "common/rules/life.h"

#include <string.h>

enum { NONE, PROBATIONARY, OFFICIAL }; /* index of a rank */

static const struct life_move moves[LIFE_EVENTS] = {
#define LIFE(symbol, event, from_ranks, from_situations, to_ranks, to_situations, flags) \
    {LIFE_EVENT_##symbol, event, from_ranks, from_situations, to_ranks, to_situations, flags},
#include "common/rules/life.def"
};

static const struct {
    enum life_event event;
    const char *detail;
} details[] = {
#define LIFE_DETAIL(symbol, detail) {LIFE_EVENT_##symbol, detail},
#include "common/rules/life.def"
};

_Static_assert(LIFE_OFFICIAL == 1 << OFFICIAL && LIFE_RANKS == OFFICIAL + 1,
               "a rank is a bit, its index the place");
_Static_assert(LIFE_ANY == (1 << LIFE_SITUATIONS) - 1 && LIFE_ANY == (LIFE_PRESENT | LIFE_GONE),
               "all situations");

/* Which flat dates no event tells, so that they count themselves. */
struct flats {
    const Dantin__Member *member;
    bool tells_admission, tells_official;
    bool tells_end;   /* an event ends or resumes membership */
    int32_t last_end; /* the day of the last one */
};

static size_t sort_events(const Dantin__Member *member, struct life_step *steps);
static struct flats flats_of(const Dantin__Member *member, const struct life_step *steps, size_t count);
static struct life_state opening(const struct flats *flats, const struct life_step *first);
static void heed_flats(const struct flats *flats, int32_t date, struct life_state *state);
static unsigned situation_ended(const Dantin__Member *member);
static void let_expire(struct life_state *state, bool is_over);
static bool make_move(const struct life_move *move, struct life_state *state);

const struct life_move *life_move_at(size_t index)
{
    return index < LIFE_EVENTS ? &moves[index] : NULL;
}

const struct life_move *life_move_of(const char *code)
{
    for (size_t i = 0; code != NULL && i < LIFE_EVENTS; i++) {
        if (strcmp(moves[i].code, code) == 0) {
            return &moves[i];
        }
    }
    return NULL;
}

size_t life_walk(const Dantin__Member *member, struct life_step ret_steps[SCHEMA_LIST_ELEMENTS_MAX])
{
    size_t count = sort_events(member, ret_steps);
    if (count == 0) {
        return 0;
    }
    struct flats flats = flats_of(member, ret_steps, count);
    struct life_state state = opening(&flats, &ret_steps[0]);
    bool has_end = false;
    int32_t end = 0;
    for (size_t i = 0; i < count; i++) {
        struct life_step *step = &ret_steps[i];
        int32_t date = step->event->effective_date;
        heed_flats(&flats, date, &state);
        let_expire(&state, has_end && end <= date);
        step->before = state;
        step->is_allowed = make_move(step->move, &state);
        if (step->is_allowed && step->move->to_situations != LIFE_SAME) {
            has_end = (step->move->flags & LIFE_TIMED) != 0 && step->event->has_to_date;
            end = step->event->to_date;
        }
    }
    return count;
}

bool life_has_detail(enum life_event event, const char *detail)
{
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        if (details[i].event == event && strcmp(details[i].detail, detail) == 0) {
            return true;
        }
    }
    return false;
}

unsigned life_ranks(const struct life_state *state)
{
    unsigned ranks = 0;
    for (unsigned i = 0; i < LIFE_RANKS; i++) {
        ranks |= state->situations[i] != 0 ? 1u << i : 0;
    }
    return ranks;
}

/* Insertion keeps those of one day in the list's order. */
static size_t sort_events(const Dantin__Member *member, struct life_step *steps)
{
    size_t count = 0;
    for (size_t i = 0; i < member->n_event && i < SCHEMA_LIST_ELEMENTS_MAX; i++) {
        const Dantin__MemberEvent *event = member->event[i];
        const struct life_move *move = life_move_of(event->type);
        if (move == NULL || !event->has_effective_date) {
            continue;
        }
        size_t place = count++;
        while (place > 0 && steps[place - 1].event->effective_date > event->effective_date) {
            steps[place] = steps[place - 1];
            place--;
        }
        steps[place] = (struct life_step){.event = event, .move = move};
    }
    return count;
}

static struct flats flats_of(const Dantin__Member *member, const struct life_step *steps, size_t count)
{
    struct flats flats = {.member = member};
    for (size_t i = 0; i < count; i++) {
        const struct life_move *move = steps[i].move;
        flats.tells_admission = flats.tells_admission || (move->flags & LIFE_ADMITS) != 0;
        flats.tells_official = flats.tells_official || move->event == LIFE_EVENT_OFFICIAL ||
                               move->event == LIFE_EVENT_READMITTED;
        if ((move->flags & (LIFE_ENDS | LIFE_RETURNS)) != 0) {
            flats.tells_end = true;
            flats.last_end = steps[i].event->effective_date;
        }
    }
    return flats;
}

static struct life_state opening(const struct flats *flats, const struct life_step *first)
{
    struct life_state state = {0};
    const Dantin__Member *member = flats->member;
    int32_t date = first->event->effective_date;
    bool is_known = !flats->tells_admission;
    if ((first->move->from_ranks & LIFE_NONE) != 0) {
        bool is_too_early = is_known && (!member->has_admission_date || date < member->admission_date);
        state.situations[NONE] = is_too_early ? 0 : LIFE_ANY;
    } else if (!is_known || (member->has_admission_date && date >= member->admission_date)) {
        unsigned situations = flats->tells_end ? LIFE_ANY : LIFE_PRESENT;
        state.situations[PROBATIONARY] = state.situations[OFFICIAL] = (uint8_t)situations;
    }
    return state;
}

/* What the flat dates say, where no event tells them. On the official date itself an event may lie on either side. */
static void heed_flats(const struct flats *flats, int32_t date, struct life_state *state)
{
    const Dantin__Member *member = flats->member;
    if (!flats->tells_official) {
        uint8_t situations = state->situations[PROBATIONARY] | state->situations[OFFICIAL];
        bool is_official = member->has_official_date && member->official_date <= date;
        bool is_probationary = !member->has_official_date || date <= member->official_date;
        state->situations[PROBATIONARY] = is_probationary ? situations : 0;
        state->situations[OFFICIAL] = is_official ? situations : 0;
    }
    bool is_ended = member->has_ended_date && member->ended_date < date &&
                    (!flats->tells_end || member->ended_date > flats->last_end);
    for (unsigned i = PROBATIONARY; is_ended && i < LIFE_RANKS; i++) {
        if ((state->situations[i] & LIFE_PRESENT) != 0) {
            state->situations[i] = (uint8_t)((state->situations[i] & LIFE_GONE) | situation_ended(member));
        }
    }
}

static unsigned situation_ended(const Dantin__Member *member)
{
    const char *reason = member->ended_reason != NULL ? member->ended_reason : "";
    if (strcmp(reason, "died") == 0) {
        return LIFE_DEAD;
    }
    return strcmp(reason, "transferred_out") == 0 ? LIFE_TRANSFERRED : LIFE_ENDED;
}

/* Whether what was to end did end nobody says: both are possible. */
static void let_expire(struct life_state *state, bool is_over)
{
    for (unsigned i = PROBATIONARY; is_over && i < LIFE_RANKS; i++) {
        state->situations[i] |= (state->situations[i] & LIFE_PRESENT) != 0 ? LIFE_ACTIVE : 0;
    }
}

static bool make_move(const struct life_move *move, struct life_state *state)
{
    struct life_state after = {0};
    bool is_allowed = false;
    for (unsigned i = 0; i < LIFE_RANKS; i++) {
        unsigned from = state->situations[i] & (i == NONE ? LIFE_ANY : move->from_situations);
        if ((move->from_ranks & 1u << i) == 0 || from == 0) {
            continue;
        }
        unsigned ranks = move->to_ranks != LIFE_SAME ? move->to_ranks : i == NONE ? LIFE_MEMBERS : 1u << i;
        unsigned to = move->to_situations != LIFE_SAME ? move->to_situations : from;
        for (unsigned j = 0; j < LIFE_RANKS; j++) {
            after.situations[j] |= (uint8_t)((ranks & 1u << j) != 0 ? to : 0);
        }
        is_allowed = true;
    }
    if (is_allowed) {
        *state = after;
    }
    return is_allowed;
}
