/* Moves between senders, before and after SAMPLE_DATE. */
#include "tools/sample/transfers.h"

#include <string.h>

#include "common/base/check.h"
#include "tools/sample/life.h"

enum {
    PER_TEN_THOUSAND_A_YEAR = 45,
    TRIES_MAX = 50, /* people looked at for one move */
};

static void move_before(struct prng *prng, struct committee *from, struct committee *to);
static void move_after(struct prng *prng, struct committee *from, struct committee *to);
static struct enrolled *draw_settled(struct prng *prng, const struct committee *committee,
                                     bool is_without_events);
static struct life_event transfer(const char *type, const struct committee *other, int32_t date);

void transfers_make(struct committee committees[SAMPLE_SENDERS], uint64_t seed)
{
    struct prng prng = prng_for(seed, SALT_TRANSFERS);
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        size_t a_year = (committees[i].member_count * PER_TEN_THOUSAND_A_YEAR + 9999) / 10000;
        for (size_t j = 0; j < a_year * HISTORY_YEARS; j++) {
            size_t other = (i + 1 + (size_t)prng_below(&prng, SAMPLE_SENDERS - 1)) % SAMPLE_SENDERS;
            if (j < a_year * 3 / 2) {
                move_before(&prng, &committees[i], &committees[other]);
            } else {
                move_after(&prng, &committees[i], &committees[other]);
            }
        }
    }
}

/* On SAMPLE_DATE the person is at `to`; `from` has them among those gone. */
static void move_before(struct prng *prng, struct committee *from, struct committee *to)
{
    struct enrolled *arrived = draw_settled(prng, to, true);
    if (arrived == NULL || from->count == from->capacity) {
        return;
    }
    int32_t arrival = (int32_t)pick(prng, HISTORY_FROM + 45, SAMPLE_DATE - 30);
    int32_t departure = arrival - (int32_t)pick(prng, 3, 40);
    struct enrolled *gone = committee_add(from);
    *gone = *arrived;
    gone->sheet = SHEET_FORMER;
    gone->stays[0] = (struct stay){committee_draw_cell(prng, from), arrived->stays[0].from, departure};
    (void)life_add(gone, transfer("transfer_out", to, departure));
    arrived->stays[0].from = arrival;
    (void)life_add(arrived, transfer("transfer_in", from, arrival));
}

static void move_after(struct prng *prng, struct committee *from, struct committee *to)
{
    struct enrolled *leaver = draw_settled(prng, from, false);
    if (leaver == NULL || to->count == to->capacity) {
        return;
    }
    int32_t departure = (int32_t)pick(prng, SAMPLE_DATE + 1, HISTORY_TO);
    int32_t arrival = departure + (int32_t)pick(prng, 5, 60);
    life_cut(leaver, departure);
    if (!life_add(leaver, transfer("transfer_out", to, departure))) {
        return;
    }
    leaver->stays[0].to = departure;
    if (arrival > HISTORY_TO) {
        return;
    }
    struct enrolled *arrived = committee_add(to);
    *arrived = *leaver;
    arrived->sheet = SHEET_LATER;
    for (size_t i = 0; i < leaver->event_count; i++) {
        if (strcmp(leaver->events[i].type, "exempt") == 0) {
            arrived->person.exempt_from = leaver->events[i].date;
        }
    }
    arrived->event_count = 0;
    arrived->stays[0] = (struct stay){committee_draw_cell(prng, to), arrival, NO_DATE};
    (void)life_add(arrived, transfer("transfer_in", from, arrival));
}

/* Someone admitted before the history begins, in one cell all the time; NULL: nobody found. */
static struct enrolled *draw_settled(struct prng *prng, const struct committee *committee,
                                     bool is_without_events)
{
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        struct enrolled *enrolled = &committee->people[prng_below(prng, committee->member_count)];
        const struct person *person = &enrolled->person;
        bool is_exempt = person->exempt_from != NO_DATE || person->temporarily_exempt_from != NO_DATE;
        bool has_come = enrolled->stays[0].from != NO_DATE && enrolled->stays[0].from >= HISTORY_FROM;
        const struct planned_branch *cell = &committee->plan.branches[enrolled->stays[0].cell];
        if (enrolled->ended_date == NO_DATE && enrolled->stay_count == 1 && !has_come &&
            enrolled->stays[0].to == NO_DATE && cell->dissolved_date == NO_DATE &&
            person->admission_date < HISTORY_FROM - 365 &&
            !(is_without_events && (is_exempt || enrolled->event_count > 0))) {
            return enrolled;
        }
    }
    return NULL;
}

static struct life_event transfer(const char *type, const struct committee *other, int32_t date)
{
    return (struct life_event){.type = type,
                               .place = "within_province",
                               .branch = other->sender->code,
                               .date = date,
                               .to_date = NO_DATE,
                               .decision_date = NO_DATE};
}
