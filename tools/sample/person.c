/* People: age first, the dates of membership from it, then what goes with age and milieu. */
#include "tools/sample/person.h"

#include <string.h>

#include "common/record/date.h"
#include "tools/sample/names.h"

enum {
    DAYS_PER_YEAR = 365,
    AGE_MONTHS_MIN = 18 * 12 + 1, /* at admission */
    ADMISSION_AGE_YEARS_MAX = 48,
    AGE_MIN = 21, /* so that an official member's twelve months fit in */
    RECENT_AGE_MIN = 20,
    RECENT_AGE_MAX = 40,
    YOUTH_UNION_PER_MILLE = 680,
    EXEMPT_AGE_MIN = 70,
    EXEMPT_PER_MILLE = 450,
    TEMPORARILY_EXEMPT_PER_MILLE = 12,
    CHOICES_MAX = 8,
};

struct choice {
    const char *code;
    unsigned weight; /* 0 ends a list */
};

/* What is usual in a milieu. */
struct profile {
    unsigned women_per_mille;
    unsigned religious_per_mille; /* of those admitted long ago; twice as many since */
    unsigned age_max;
    struct choice occupations[CHOICES_MAX];
    struct choice professions[CHOICES_MAX];
    struct choice theories[CHOICES_MAX];
};

static const struct profile profiles[MILIEU_COUNT] = {
    [MILIEU_HAMLET] =
        {340,
         14,
         86,
         {{"farmer", 46},
          {"retired", 20},
          {"part_time_official", 11},
          {"worker", 9},
          {"business", 6},
          {"fisher", 3},
          {"other", 5}},
         {{"none", 45}, {"elementary", 15}, {"intermediate", 20}, {"college", 7}, {"bachelor", 13}},
         {{"none", 30}, {"elementary", 50}, {"intermediate", 18}, {"advanced", 2}}},
    [MILIEU_SCHOOL] = {700,
                       9,
                       60,
                       {{"teacher", 88}, {"public_employee", 12}},
                       {{"intermediate", 5}, {"college", 18}, {"bachelor", 68}, {"master", 8}, {"doctor", 1}},
                       {{"none", 20}, {"elementary", 40}, {"intermediate", 37}, {"advanced", 3}}},
    [MILIEU_HEALTH] = {570,
                       9,
                       60,
                       {{"health", 90}, {"public_employee", 10}},
                       {{"intermediate", 25}, {"college", 20}, {"bachelor", 45}, {"master", 10}},
                       {{"none", 25}, {"elementary", 40}, {"intermediate", 30}, {"advanced", 5}}},
    [MILIEU_AGENCY] =
        {370,
         6,
         60,
         {{"civil_servant", 82}, {"public_employee", 13}, {"part_time_official", 5}},
         {{"intermediate", 10}, {"college", 8}, {"bachelor", 66}, {"master", 15}, {"doctor", 1}},
         {{"none", 6}, {"elementary", 24}, {"intermediate", 50}, {"advanced", 18}, {"bachelor", 2}}},
    [MILIEU_ENTERPRISE] = {300,
                           11,
                           60,
                           {{"worker", 62}, {"public_employee", 22}, {"business", 16}},
                           {{"none", 8},
                            {"elementary", 20},
                            {"intermediate", 22},
                            {"college", 14},
                            {"bachelor", 33},
                            {"master", 3}},
                           {{"none", 30}, {"elementary", 45}, {"intermediate", 21}, {"advanced", 4}}},
    [MILIEU_ARMY] =
        {60,
         2,
         58,
         {{"army", 100}},
         {{"elementary", 10}, {"intermediate", 28}, {"college", 22}, {"bachelor", 38}, {"master", 2}},
         {{"elementary", 35}, {"intermediate", 48}, {"advanced", 17}}},
    [MILIEU_POLICE] = {140,
                       1,
                       60,
                       {{"police", 100}},
                       {{"intermediate", 32}, {"college", 10}, {"bachelor", 54}, {"master", 4}},
                       {{"elementary", 34}, {"intermediate", 52}, {"advanced", 14}}},
    [MILIEU_BORDER] = {30,
                       2,
                       56,
                       {{"army", 100}},
                       {{"elementary", 12}, {"intermediate", 36}, {"college", 16}, {"bachelor", 36}},
                       {{"elementary", 38}, {"intermediate", 48}, {"advanced", 14}}},
};

/* Ethnic groups among the members of a district; where it is not named, nearly all are Kinh. */
static const struct {
    const char *district;
    struct choice groups[CHOICES_MAX];
} districts[] = {
    {"525", {{"30", 62}, {"01", 35}, {"14", 2}, {"19", 1}}},
    {"529", {{"19", 74}, {"01", 21}, {"14", 5}}},
    {"530", {{"14", 72}, {"01", 20}, {"19", 8}}},
    {"531", {{"19", 68}, {"01", 32}}},
    {"535", {{"19", 70}, {"01", 30}}},
    {"532", {{"01", 97}, {"19", 3}}},
    {"528", {{"01", 98}, {"19", 2}}},
};
static const struct choice elsewhere[] = {{"01", 985}, {"19", 8}, {"30", 4}, {"14", 2}, {"04", 1}, {NULL, 0}};
static const struct choice religions[] = {{"01", 46}, {"02", 24}, {"05", 18}, {"08", 12}, {NULL, 0}};
static const struct choice ended_reasons[] = {
    {"died", 58}, {"transferred_out", 27}, {"struck_off", 10}, {"expelled", 3}, {"left", 2}, {NULL, 0}};

static void draw_dates(struct prng *prng, const struct person_wish *wish, unsigned age_max,
                       struct person *person);
static void draw_admission(struct prng *prng, const struct person_wish *wish, struct person *person);
static void draw_exemption(struct prng *prng, unsigned age, struct person *person);
static void draw_end(struct prng *prng, struct person *person);
static void draw_origin(struct prng *prng, const char *district, struct person *person);
static const char *draw_choice(struct prng *prng, const struct choice *choices);
static unsigned draw_young_age(struct prng *prng);

void person_draw(struct prng *prng, const struct person_wish *wish, struct person *ret_person)
{
    const struct profile *profile = &profiles[wish->milieu];
    struct person *person = ret_person;
    *person = (struct person){.is_woman = chance(prng, profile->women_per_mille)};
    draw_origin(prng, wish->district, person);
    draw_dates(prng, wish, profile->age_max, person);
    int age = date_months_between(person->birth_date, SAMPLE_DATE) / 12;
    person->occupation = draw_choice(prng, profile->occupations);
    if (age >= 62) {
        person->occupation = chance(prng, 600) ? "retired" : "farmer";
    }
    person->general_education = age >= 65 && chance(prng, 450) ? "lower_secondary" : "upper_secondary";
    person->profession = draw_choice(prng, profile->professions);
    person->political_theory = draw_choice(prng, profile->theories);
    unsigned religious = profile->religious_per_mille * (wish->admitted == ADMITTED_LONG_AGO ? 1 : 2);
    person->religion = chance(prng, religious) ? draw_choice(prng, religions) : "00";
}

static void draw_dates(struct prng *prng, const struct person_wish *wish, unsigned age_max,
                       struct person *person)
{
    bool is_recent = wish->admitted != ADMITTED_LONG_AGO;
    unsigned age = is_recent ? draw_young_age(prng)
                             : (pick(prng, AGE_MIN, age_max - 1) + pick(prng, AGE_MIN, age_max - 1)) / 2;
    int32_t birthday = date_add_months(SAMPLE_DATE, -(int)age * 12);
    person->birth_date = birthday - (int32_t)pick(prng, 1, DAYS_PER_YEAR - 1);
    person->ended_date = NO_DATE;
    person->exempt_from = NO_DATE;
    person->temporarily_exempt_from = NO_DATE;
    person->temporarily_exempt_to = NO_DATE;
    draw_admission(prng, wish, person);
    person->in_cell_from = person->admission_date;
    if (!is_recent) {
        uint32_t span = (uint32_t)(HISTORY_FROM - person->admission_date);
        bool is_known = chance(prng, 700);
        int32_t drawn = person->admission_date + (chance(prng, 600) ? 0 : (int32_t)prng_below(prng, span));
        person->in_cell_from = is_known ? drawn : NO_DATE;
    }
    person->was_youth_union_member = is_recent && chance(prng, YOUTH_UNION_PER_MILLE);
    if (wish->is_former) {
        draw_end(prng, person);
    } else if (wish->admitted == ADMITTED_LONG_AGO) {
        draw_exemption(prng, age, person);
    }
}

static unsigned draw_young_age(struct prng *prng)
{
    unsigned first = pick(prng, RECENT_AGE_MIN, RECENT_AGE_MAX);
    unsigned second = pick(prng, RECENT_AGE_MIN, RECENT_AGE_MAX);
    return first < second ? first : second;
}

/* Most are admitted young; official status follows exactly twelve months on, its decision a little later. */
static void draw_admission(struct prng *prng, const struct person_wish *wish, struct person *person)
{
    int32_t earliest = date_add_months(person->birth_date, AGE_MONTHS_MIN);
    int32_t oldest = date_add_months(person->birth_date, ADMISSION_AGE_YEARS_MAX * 12);
    int32_t year_before = date_add_months(SAMPLE_DATE, -12);
    const int32_t windows[][2] = {
        [ADMITTED_LONG_AGO] = {earliest, oldest < HISTORY_FROM ? oldest : HISTORY_FROM - 1},
        [ADMITTED_RECENTLY] = {HISTORY_FROM, year_before - 1},
        [ADMITTED_LAST_YEAR] = {year_before + 1, SAMPLE_DATE - 1},
        [ADMITTED_LATER] = {wish->from, wish->to},
    };
    earliest = earliest > windows[wish->admitted][0] ? earliest : windows[wish->admitted][0];
    uint32_t span = (uint32_t)(windows[wish->admitted][1] - earliest);
    uint32_t first = (uint32_t)prng_below(prng, span + 1);
    uint32_t second = (uint32_t)prng_below(prng, span + 1);
    bool is_first = first < second || wish->admitted != ADMITTED_LONG_AGO;
    person->admission_date = earliest + (int32_t)(is_first ? first : second);
    person->admission_decision_date = person->admission_date - (int32_t)pick(prng, 2, 30);
    person->official_date = NO_DATE;
    person->official_decision_date = NO_DATE;
    if (wish->admitted <= ADMITTED_RECENTLY) {
        person->official_date = date_add_months(person->admission_date, 12);
        person->official_decision_date = person->official_date + (int32_t)pick(prng, 0, 40);
        if (person->official_decision_date > SAMPLE_DATE) {
            person->official_decision_date = SAMPLE_DATE;
        }
    }
}

static void draw_exemption(struct prng *prng, unsigned age, struct person *person)
{
    if (age >= EXEMPT_AGE_MIN && chance(prng, EXEMPT_PER_MILLE)) {
        int32_t earliest = date_add_months(person->birth_date, EXEMPT_AGE_MIN * 12);
        int32_t from = earliest + (int32_t)prng_below(prng, (uint32_t)(SAMPLE_DATE - earliest + 1));
        person->exempt_from = from > person->official_date ? from : person->official_date;
    } else if (age < 45 && chance(prng, TEMPORARILY_EXEMPT_PER_MILLE)) {
        int32_t from = SAMPLE_DATE - (int32_t)pick(prng, 5, 200);
        if (from > person->official_date) {
            person->temporarily_exempt_from = from;
            person->temporarily_exempt_to = date_add_months(from, (int)pick(prng, 3, 11));
        }
    }
}

/* After the official date, in the last two years or so. */
static void draw_end(struct prng *prng, struct person *person)
{
    int32_t earliest = date_add_months(SAMPLE_DATE, -24);
    earliest = earliest > person->official_decision_date ? earliest : person->official_decision_date;
    person->ended_date = earliest + (int32_t)prng_below(prng, (uint32_t)(SAMPLE_DATE - earliest + 1));
    person->ended_reason = draw_choice(prng, ended_reasons);
    if (person->in_cell_from > person->ended_date) {
        person->in_cell_from = person->admission_date;
    }
}

/* Ethnic group, and the name that goes with it: Hrê of Ba Tơ are Phạm, elsewhere Đinh; Co are Hồ; Ca Dong are
 * Đinh. */
static void draw_origin(struct prng *prng, const char *district, struct person *person)
{
    const struct choice *groups = elsewhere;
    for (size_t i = 0; i < sizeof(districts) / sizeof(districts[0]); i++) {
        if (strcmp(districts[i].district, district) == 0) {
            groups = districts[i].groups;
        }
    }
    person->ethnicity = draw_choice(prng, groups);
    const char *family = NULL;
    if (strcmp(person->ethnicity, "19") == 0) {
        family = strcmp(district, "535") == 0 ? "Phạm" : "Đinh";
    } else if (strcmp(person->ethnicity, "30") == 0) {
        family = "Hồ";
    } else if (strcmp(person->ethnicity, "14") == 0) {
        family = "Đinh";
    }
    names_draw(prng, person->is_woman, family, person->name);
}

static const char *draw_choice(struct prng *prng, const struct choice *choices)
{
    unsigned total = 0;
    for (size_t i = 0; i < CHOICES_MAX && choices[i].weight > 0; i++) {
        total += choices[i].weight;
    }
    unsigned drawn = (unsigned)prng_below(prng, total);
    size_t i = 0;
    while (drawn >= choices[i].weight) {
        drawn -= choices[i].weight;
        i++;
    }
    return choices[i].code;
}
