/* A sender's people: those in force on SAMPLE_DATE cell by cell as planned, those gone before, those who come later. */
#include "tools/sample/committee.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "tools/sample/life.h"

enum {
    FORMER_PER_MILLE = 19,    /* of the members */
    RECENT_PER_MILLE = 24,    /* of those who need not be official: admitted in the first half of 2021 */
    LAST_YEAR_PER_MILLE = 46, /* and in the twelve months before SAMPLE_DATE */
    ADMISSIONS_PER_TEN_THOUSAND = 385,    /* a year, of the members, since SAMPLE_DATE */
    OTHER_PROVINCE_PER_TEN_THOUSAND = 45, /* a year: come from another province, the army or the police */
    CARD_NUMBERS = 100000000,             /* eight digits */
    CARD_STEP = 72559067, /* has no factor in common with CARD_NUMBERS: no card number comes twice */
};

static void add_members(struct prng *prng, struct committee *committee, uint64_t *card_count);
static void add_former(struct prng *prng, struct committee *committee, uint64_t *card_count);
static void add_later(struct prng *prng, struct committee *committee, uint64_t *card_count);
static void add_admitted(struct prng *prng, struct committee *committee, int32_t from, int32_t to,
                         uint64_t *card_count);
static void add_from_elsewhere(struct prng *prng, struct committee *committee, uint64_t *card_count);
static struct enrolled *enrol(struct prng *prng, struct committee *committee, const struct person_wish *wish,
                              int cell, enum enrolled_sheet sheet, uint64_t *card_count);

void committee_make(const struct sender *sender, unsigned members, uint64_t seed, uint64_t *card_count,
                    struct committee *committee)
{
    *committee = (struct committee){.sender = sender, .seed = seed};
    struct prng prng;
    prng_init(&prng, seed);
    plan_make(&prng, sender, members, &committee->plan);
    committee->capacity = (size_t)members * 2 + 64;
    committee->people = sample_alloc(committee->capacity, sizeof(*committee->people));
    committee->first_of = sample_alloc(committee->plan.count, sizeof(*committee->first_of));
    add_members(&prng, committee, card_count);
    committee->member_count = committee->count;
    add_former(&prng, committee, card_count);
    add_later(&prng, committee, card_count);
    struct prng life = prng_for(seed, SALT_LIFE);
    for (size_t i = 0; i < committee->count; i++) {
        life_live(&life, committee, &committee->people[i], card_count);
    }
}

struct enrolled *committee_add(struct committee *committee)
{
    REQUIRE(committee->count < committee->capacity);
    return &committee->people[committee->count++];
}

void committee_file_number(struct committee *committee, char ret_number[12])
{
    committee->file_count++;
    (void)snprintf(ret_number, 12, "%03u%07u", committee->sender->file_prefix % 1000,
                   committee->file_count % 10000000);
}

unsigned next_card(uint64_t *card_count)
{
    ++*card_count;
    return (unsigned)(*card_count * CARD_STEP % CARD_NUMBERS);
}

int committee_draw_cell(struct prng *prng, const struct committee *committee)
{
    for (;;) { /* a member drawn gives a cell drawn by its size */
        const struct enrolled *enrolled = &committee->people[prng_below(prng, committee->member_count)];
        const struct planned_branch *cell = &committee->plan.branches[enrolled->stays[0].cell];
        if (cell->dissolved_date == NO_DATE) {
            return enrolled->stays[0].cell;
        }
    }
}

int enrolled_cell_on(const struct enrolled *enrolled, int32_t date)
{
    if (enrolled->readmitted_date != NO_DATE) {
        return date >= enrolled->readmitted_date ? enrolled->stays[0].cell : NO_BRANCH;
    }
    if (date < enrolled->person.admission_date ||
        (enrolled->ended_date != NO_DATE && date >= enrolled->ended_date)) {
        return NO_BRANCH;
    }
    for (size_t i = 0; i < enrolled->stay_count; i++) {
        const struct stay *stay = &enrolled->stays[i];
        if ((stay->from == NO_DATE || stay->from <= date) && (stay->to == NO_DATE || date < stay->to)) {
            return stay->cell;
        }
    }
    return NO_BRANCH;
}

bool enrolled_is_official_on(const struct enrolled *enrolled, int32_t date)
{
    int32_t official =
        enrolled->readmitted_date != NO_DATE ? enrolled->readmitted_official_date : enrolled->official_date;
    return official != NO_DATE && official <= date;
}

bool enrolled_stays(const struct enrolled *enrolled, int32_t from)
{
    int cell = enrolled_cell_on(enrolled, from);
    return cell != NO_BRANCH && enrolled->ended_date == NO_DATE &&
           enrolled_cell_on(enrolled, HISTORY_TO) == cell;
}

void committee_count(const struct committee *committee, int32_t date, unsigned *ret_members,
                     unsigned *ret_official)
{
    memset(ret_members, 0, committee->plan.count * sizeof(*ret_members));
    memset(ret_official, 0, committee->plan.count * sizeof(*ret_official));
    for (size_t i = 0; i < committee->count; i++) {
        int cell = enrolled_cell_on(&committee->people[i], date);
        if (cell != NO_BRANCH) {
            ret_members[cell]++;
            ret_official[cell] += enrolled_is_official_on(&committee->people[i], date);
        }
    }
}

static void add_members(struct prng *prng, struct committee *committee, uint64_t *card_count)
{
    for (size_t i = 0; i < committee->plan.count; i++) {
        const struct planned_branch *cell = &committee->plan.branches[i];
        committee->first_of[i] = committee->count;
        for (unsigned j = 0; j < cell->members; j++) {
            struct person_wish wish = {.milieu = cell->milieu, .district = committee->sender->code};
            unsigned drawn = pick(prng, 0, 999);
            if (j >= CELL_MEMBERS_MIN && drawn < RECENT_PER_MILLE + LAST_YEAR_PER_MILLE) {
                wish.admitted = drawn < RECENT_PER_MILLE ? ADMITTED_RECENTLY : ADMITTED_LAST_YEAR;
            }
            (void)enrol(prng, committee, &wish, (int)i, SHEET_MEMBERS, card_count);
        }
    }
}

/* A few people per hundred whose membership has ended, in cells drawn at random. */
static void add_former(struct prng *prng, struct committee *committee, uint64_t *card_count)
{
    size_t count = (committee->member_count * FORMER_PER_MILLE + 500) / 1000;
    while (count-- > 0) {
        int cell = committee_draw_cell(prng, committee);
        struct person_wish wish = {.milieu = committee->plan.branches[cell].milieu,
                                   .district = committee->sender->code,
                                   .is_former = true};
        (void)enrol(prng, committee, &wish, cell, SHEET_FORMER, card_count);
    }
}

static void add_later(struct prng *prng, struct committee *committee, uint64_t *card_count)
{
    add_admitted(prng, committee, SAMPLE_DATE + 1, year_end(2022), card_count);
    add_admitted(prng, committee, year_end(2022) + 1, year_end(2023), card_count);
    add_admitted(prng, committee, year_end(2023) + 1, year_end(2024), card_count);
    size_t arrivals = committee->member_count * OTHER_PROVINCE_PER_TEN_THOUSAND * 5 / 2 / 10000;
    while (arrivals-- > 0) {
        add_from_elsewhere(prng, committee, card_count);
    }
}

static void add_admitted(struct prng *prng, struct committee *committee, int32_t from, int32_t to,
                         uint64_t *card_count)
{
    uint64_t days = (uint64_t)(to - from + 1);
    uint64_t count = (committee->member_count * ADMISSIONS_PER_TEN_THOUSAND * days / 365 + 5000) / 10000;
    while (count-- > 0) {
        int cell = committee_draw_cell(prng, committee);
        struct person_wish wish = {.milieu = committee->plan.branches[cell].milieu,
                                   .district = committee->sender->code,
                                   .admitted = ADMITTED_LATER,
                                   .from = from,
                                   .to = to};
        (void)enrol(prng, committee, &wish, cell, SHEET_LATER, card_count);
    }
}

static void add_from_elsewhere(struct prng *prng, struct committee *committee, uint64_t *card_count)
{
    int cell = committee_draw_cell(prng, committee);
    struct person_wish wish = {.milieu = committee->plan.branches[cell].milieu,
                               .district = committee->sender->code};
    struct enrolled *enrolled = enrol(prng, committee, &wish, cell, SHEET_LATER, card_count);
    enrolled->person.exempt_from = NO_DATE;
    enrolled->person.temporarily_exempt_from = NO_DATE;
    enrolled->person.temporarily_exempt_to = NO_DATE;
    enrolled->stays[0].from = (int32_t)pick(prng, SAMPLE_DATE + 1, HISTORY_TO - 1);
    (void)life_add(enrolled,
                   (struct life_event){.type = "transfer_in",
                                       .place = chance(prng, 600) ? "other_province" : "army_police",
                                       .date = enrolled->stays[0].from,
                                       .to_date = NO_DATE,
                                       .decision_date = NO_DATE});
}

static struct enrolled *enrol(struct prng *prng, struct committee *committee, const struct person_wish *wish,
                              int cell, enum enrolled_sheet sheet, uint64_t *card_count)
{
    struct enrolled *enrolled = committee_add(committee);
    *enrolled = (struct enrolled){.sheet = sheet,
                                  .stay_count = 1,
                                  .stay_count_stated = 1,
                                  .readmitted_date = NO_DATE,
                                  .readmitted_official_date = NO_DATE};
    person_draw(prng, wish, &enrolled->person);
    committee_file_number(committee, enrolled->file_number);
    if (enrolled->person.official_date != NO_DATE) {
        enrolled->card = next_card(card_count);
        enrolled->has_card_stated = true;
    }
    enrolled->official_date = enrolled->person.official_date;
    enrolled->official_decision_date = enrolled->person.official_decision_date;
    enrolled->ended_date = enrolled->person.ended_date;
    enrolled->ended_reason = enrolled->person.ended_reason;
    enrolled->stays[0] = (struct stay){.cell = cell, .from = enrolled->person.in_cell_from, .to = NO_DATE};
    return enrolled;
}
