/* Lives: what is certain first (admission, official status, card, badges), then perhaps an end, then what lies between. */
#include "tools/sample/life.h"

#include <string.h>

#include "common/record/date.h"

enum {
    DAYS_PER_YEAR = 365,
    YEARS_SINCE_TENTHS = 25, /* from SAMPLE_DATE to HISTORY_TO */
    BADGE_YEARS_MAX = 90,
    TEMPORARY_AGE_MAX = 45,
    EXEMPT_AGE_MIN = 70,
};

/* Chances per ten thousand a year. */
enum {
    DIES_OLD = 560, /* above 75 */
    DIES_AGEING = 210,
    DIES = 16,
    STRUCK_OFF = 11,
    LEFT = 3,
    EXPELLED = 3,
    OUT_OF_PROVINCE = 48,
    MOVES_WITHIN = 110,
    ELSEWHERE_FOR_A_TIME = 60,
    EXEMPT_FOR_A_TIME = 110,
    EXEMPT_FOR_GOOD = 450,
    DISCIPLINED = 28,
};

static void live_admission(struct prng *prng, struct enrolled *enrolled, int32_t end, uint64_t *card_count);
static int32_t draw_end(struct prng *prng, struct enrolled *enrolled);
static void live_end(struct prng *prng, struct enrolled *enrolled);
static void live_readmission(struct prng *prng, struct enrolled *enrolled);
static void live_badges(struct prng *prng, struct enrolled *enrolled, int32_t end);
static void live_exemption(struct prng *prng, struct enrolled *enrolled, int32_t end);
static void live_discipline(struct prng *prng, struct enrolled *enrolled, int32_t end);
static void live_moves(struct prng *prng, struct committee *committee, struct enrolled *enrolled,
                       int32_t end);
static void move(struct committee *committee, struct enrolled *enrolled, int cell, int32_t date);
static struct life_event event_of(const char *type, int32_t date);
static struct life_event decided(struct prng *prng, const char *type, int32_t date);
static bool happens(struct prng *prng, unsigned per_ten_thousand_a_year, unsigned year_tenths);
static int age_on(const struct enrolled *enrolled, int32_t date);

void life_live(struct prng *prng, struct committee *committee, struct enrolled *enrolled,
               uint64_t *card_count)
{
    int32_t end = HISTORY_TO + 1;
    if (enrolled->sheet == SHEET_FORMER) {
        end = enrolled->ended_date;
    } else if (enrolled->event_count == 0) { /* who has just come from elsewhere stays */
        end = draw_end(prng, enrolled);
    }
    if (enrolled->event_count == 0) {
        live_admission(prng, enrolled, end, card_count);
    }
    if (enrolled->ended_date != NO_DATE) {
        end = enrolled->ended_date;
        live_end(prng, enrolled);
        live_readmission(prng, enrolled);
    }
    if (enrolled->sheet == SHEET_MEMBERS) {
        live_badges(prng, enrolled, end);
        live_exemption(prng, enrolled, end);
        live_discipline(prng, enrolled, end);
        live_moves(prng, committee, enrolled, end);
    }
}

bool life_add(struct enrolled *enrolled, struct life_event event)
{
    if (enrolled->event_count == MEMBER_EVENTS_MAX) {
        return false;
    }
    size_t place = enrolled->event_count++;
    while (place > 0 && enrolled->events[place - 1].date > event.date) {
        enrolled->events[place] = enrolled->events[place - 1];
        place--;
    }
    enrolled->events[place] = event;
    return true;
}

void life_cut(struct enrolled *enrolled, int32_t from)
{
    while (enrolled->event_count > 0 && enrolled->events[enrolled->event_count - 1].date >= from) {
        enrolled->event_count--;
    }
}

/* Official twelve months after the ceremony to the day, the card some weeks later; few are refused. */
static void live_admission(struct prng *prng, struct enrolled *enrolled, int32_t end, uint64_t *card_count)
{
    enum { REFUSED_PER_MILLE = 5 };
    struct person *person = &enrolled->person;
    if (person->admission_date >= HISTORY_FROM) {
        struct life_event admitted = decided(prng, "admitted", person->admission_date);
        admitted.decision_date = person->admission_decision_date;
        (void)life_add(enrolled, admitted);
    }
    int32_t date = date_add_months(person->admission_date, 12);
    if (date < HISTORY_FROM || date > HISTORY_TO - 60 || date >= end) {
        return;
    }
    if (enrolled->official_date == NO_DATE && chance(prng, REFUSED_PER_MILLE)) {
        enrolled->ended_date = date + (int32_t)pick(prng, 1, 25);
        enrolled->ended_reason = "probation_refused";
        return;
    }
    if (enrolled->official_date == NO_DATE) {
        enrolled->official_date = date;
        enrolled->official_decision_date = date + (int32_t)pick(prng, 0, 40);
    }
    struct life_event official = decided(prng, "official", date);
    official.decision_date = enrolled->official_decision_date;
    (void)life_add(enrolled, official);
    struct life_event card =
        decided(prng, "card_issued", official.decision_date + (int32_t)pick(prng, 10, 50));
    if (card.date >= end || card.date > HISTORY_TO) {
        return; /* a card that the sheet states anyway */
    }
    if (enrolled->card == 0) {
        enrolled->card = next_card(card_count);
    }
    card.number = enrolled->card;
    (void)life_add(enrolled, card);
}

/* Perhaps the day membership ends, after SAMPLE_DATE. */
static int32_t draw_end(struct prng *prng, struct enrolled *enrolled)
{
    int age = age_on(enrolled, SAMPLE_DATE);
    const struct {
        const char *reason;
        unsigned per_ten_thousand;
    } ends[] = {{"died", age >= 75   ? DIES_OLD
                         : age >= 60 ? DIES_AGEING
                                     : DIES},
                {"struck_off", STRUCK_OFF},
                {"left", LEFT},
                {"expelled", EXPELLED},
                {"transferred_out", OUT_OF_PROVINCE}};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (happens(prng, ends[i].per_ten_thousand, YEARS_SINCE_TENTHS)) {
            int32_t from = enrolled->person.admission_date + 30;
            from = from > SAMPLE_DATE ? from : SAMPLE_DATE + 1;
            if (from > HISTORY_TO) {
                break;
            }
            enrolled->ended_date = (int32_t)pick(prng, (unsigned)from, HISTORY_TO);
            enrolled->ended_reason = ends[i].reason;
            return enrolled->ended_date;
        }
    }
    return HISTORY_TO + 1;
}

static void live_end(struct prng *prng, struct enrolled *enrolled)
{
    static const char *const reasons[] = {"absent_three_months", "card_destroyed", "no_progress",
                                          "two_years_unworthy"};
    const char *reason = enrolled->ended_reason;
    if (enrolled->ended_date < HISTORY_FROM) {
        return;
    }
    struct life_event end = decided(prng, reason, enrolled->ended_date);
    if (strcmp(reason, "transferred_out") == 0) {
        end = event_of("transfer_out", enrolled->ended_date);
        end.place = chance(prng, 750) ? "other_province" : "army_police";
        enrolled->stays[enrolled->stay_count - 1].to = enrolled->ended_date;
    } else if (strcmp(reason, "struck_off") == 0) {
        end.detail = reasons[prng_below(prng, 4)];
    } else if (strcmp(reason, "died") == 0) {
        end.decision_date = NO_DATE;
    }
    (void)life_add(enrolled, end);
}

/* Struck off or gone before the history begins, and admitted once more three years and some months later. */
static void live_readmission(struct prng *prng, struct enrolled *enrolled)
{
    enum { READMITTED_PER_MILLE = 450, MONTHS_MIN = 36, AGE_MAX = 60 };
    const char *reason = enrolled->ended_reason;
    if (enrolled->ended_date >= HISTORY_FROM || age_on(enrolled, SAMPLE_DATE) > AGE_MAX ||
        (strcmp(reason, "struck_off") != 0 && strcmp(reason, "left") != 0) ||
        !chance(prng, READMITTED_PER_MILLE)) {
        return;
    }
    int32_t date = date_add_months(enrolled->ended_date, MONTHS_MIN) + (int32_t)pick(prng, 5, 250);
    int32_t official_date = date_add_months(date, 12);
    struct life_event end = decided(prng, reason, enrolled->ended_date);
    end.detail = strcmp(reason, "struck_off") == 0 ? "absent_three_months" : NULL;
    (void)life_add(enrolled, end);
    (void)life_add(enrolled, decided(prng, "readmitted", date));
    enrolled->card = 0; /* the card went with the membership */
    enrolled->has_card_stated = false;
    enrolled->readmitted_date = date;
    if (official_date <= HISTORY_TO) {
        struct life_event official = decided(prng, "official", official_date);
        official.decision_date = official_date + (int32_t)pick(prng, 0, 30);
        (void)life_add(enrolled, official);
        enrolled->readmitted_official_date = official_date;
    }
}

/* On the next of the year's four rounds after the years are full. */
static void live_badges(struct prng *prng, struct enrolled *enrolled, int32_t end)
{
    static const int rounds[][2] = {{2, 3}, {5, 19}, {9, 2}, {11, 7}};
    for (int years = 30; years <= BADGE_YEARS_MAX; years += years == 30 ? 10 : 5) {
        int32_t due = date_add_months(enrolled->person.admission_decision_date, years * 12);
        int32_t award = NO_DATE;
        for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS && award == NO_DATE; year++) {
            for (size_t i = 0; i < 4 && award == NO_DATE; i++) {
                int32_t day = day_of(year, rounds[i][0], rounds[i][1]);
                award = day >= due ? day : NO_DATE;
            }
        }
        bool is_fresh = award != NO_DATE && award - due < DAYS_PER_YEAR / 2;
        if (is_fresh && award < end && enrolled->official_date < award) {
            struct life_event badge = decided(prng, "badge", award);
            badge.number = (unsigned)years;
            (void)life_add(enrolled, badge);
        }
    }
}

/* What the sheet says already, and for some others a time away, a time exempt, or exemption for good: one of them. */
static void live_exemption(struct prng *prng, struct enrolled *enrolled, int32_t end)
{
    const struct person *person = &enrolled->person;
    if (person->exempt_from != NO_DATE) {
        if (person->exempt_from >= HISTORY_FROM) {
            struct life_event exempt = decided(prng, "exempt", person->exempt_from);
            exempt.detail = "old_age";
            (void)life_add(enrolled, exempt);
        }
        return;
    }
    int age = age_on(enrolled, SAMPLE_DATE);
    const char *type = "temporarily_exempt";
    int32_t from = person->temporarily_exempt_from;
    int32_t to = person->temporarily_exempt_to;
    bool is_stated = from != NO_DATE;
    if (!is_stated) {
        from = (int32_t)pick(prng, SAMPLE_DATE + 40, HISTORY_TO - 20);
        to = date_add_months(from, (int)pick(prng, 3, 11));
        if (age >= EXEMPT_AGE_MIN && happens(prng, EXEMPT_FOR_GOOD, YEARS_SINCE_TENTHS)) {
            type = "exempt";
            to = NO_DATE;
        } else if (happens(prng, ELSEWHERE_FOR_A_TIME, YEARS_SINCE_TENTHS)) {
            type = "temporary_out";
        } else if (age > TEMPORARY_AGE_MAX || !happens(prng, EXEMPT_FOR_A_TIME, YEARS_SINCE_TENTHS)) {
            return;
        }
        if (from >= end || !enrolled_is_official_on(enrolled, from)) {
            return;
        }
    }
    bool is_away = strcmp(type, "temporary_out") == 0;
    struct life_event begin = decided(prng, type, from);
    begin.to_date = to;
    begin.detail = to == NO_DATE ? "old_age" : is_away && chance(prng, 500) ? "study" : "unstable_work";
    begin.place = is_away ? "other_province" : NULL;
    (void)life_add(enrolled, begin);
    if (to != NO_DATE && to <= HISTORY_TO && to < end) {
        (void)life_add(enrolled, event_of(is_away ? "temporary_back" : "resumed", to));
    }
}

static void live_discipline(struct prng *prng, struct enrolled *enrolled, int32_t end)
{
    if (!happens(prng, DISCIPLINED, HISTORY_YEARS * 10)) {
        return;
    }
    int32_t date = (int32_t)pick(prng, HISTORY_FROM, HISTORY_TO);
    int32_t here_from = enrolled->stays[0].from;
    if (date >= end || !enrolled_is_official_on(enrolled, date) ||
        (here_from != NO_DATE && date < here_from)) {
        return;
    }
    struct life_event disciplined = decided(prng, "disciplined", date);
    disciplined.detail = chance(prng, 700) ? "reprimand" : "warning";
    (void)life_add(enrolled, disciplined);
}

/* To another cell of the sender: with the cell that is merged, or before or after SAMPLE_DATE for one's own reasons. Or
 * into the province before it. */
static void live_moves(struct prng *prng, struct committee *committee, struct enrolled *enrolled, int32_t end)
{
    const struct planned_branch *cell = &committee->plan.branches[enrolled->stays[0].cell];
    struct stay *stay = &enrolled->stays[0];
    int32_t date = (int32_t)pick(prng, SAMPLE_DATE + 1, HISTORY_TO);
    if (cell->dissolved_date != NO_DATE) {
        if (cell->dissolved_date < end) {
            /* In turn, so that each part of a cell that is split gets half of it. */
            size_t part = (size_t)(enrolled - committee->people) % cell->successor_count;
            move(committee, enrolled, cell->successors[part], cell->dissolved_date);
        }
    } else if (happens(prng, MOVES_WITHIN, YEARS_SINCE_TENTHS)) {
        int other = committee_draw_cell(prng, committee);
        if (date < end && other != stay->cell) {
            move(committee, enrolled, other, date);
        }
    } else if (enrolled->person.admission_date < HISTORY_FROM && enrolled->event_count == 0 &&
               happens(prng, MOVES_WITHIN + OUT_OF_PROVINCE, HISTORY_YEARS * 10 - YEARS_SINCE_TENTHS)) {
        date = (int32_t)pick(prng, HISTORY_FROM, SAMPLE_DATE - 1);
        int other = committee_draw_cell(prng, committee);
        if (chance(prng, 300)) {
            struct life_event in = event_of("transfer_in", date);
            in.place = chance(prng, 600) ? "other_province" : "army_police";
            stay->from = date;
            (void)life_add(enrolled, in);
        } else if (other != stay->cell) {
            int now = stay->cell;
            stay->cell = other;
            move(committee, enrolled, now, date);
            enrolled->stay_count_stated = 2;
        }
    }
}

static void move(struct committee *committee, struct enrolled *enrolled, int cell, int32_t date)
{
    struct life_event within = event_of("transfer_within", date);
    within.place = "within_committee";
    within.branch = committee->plan.branches[cell].code;
    if (life_add(enrolled, within)) {
        struct stay *last = &enrolled->stays[enrolled->stay_count - 1];
        enrolled->stays[enrolled->stay_count++] = (struct stay){.cell = cell, .from = date, .to = last->to};
        last->to = date;
    }
}

static struct life_event event_of(const char *type, int32_t date)
{
    return (struct life_event){.type = type, .date = date, .to_date = NO_DATE, .decision_date = NO_DATE};
}

static struct life_event decided(struct prng *prng, const char *type, int32_t date)
{
    struct life_event event = event_of(type, date);
    event.decision_date = date - (int32_t)pick(prng, 0, 12);
    return event;
}

static bool happens(struct prng *prng, unsigned per_ten_thousand_a_year, unsigned year_tenths)
{
    return prng_below(prng, 100000) < (uint64_t)per_ten_thousand_a_year * year_tenths;
}

static int age_on(const struct enrolled *enrolled, int32_t date)
{
    return date_months_between(enrolled->person.birth_date, date) / 12;
}
