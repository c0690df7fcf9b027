/* Offices. */
#include "tools/sample/offices.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/record/date.h"
#include "tools/sample/names.h"
#include "tools/sample/table.h"

enum {
    AGE_MIN = 25,
    AGE_MAX = 66,
    SECRETARY_IS_HEAD_PER_MILLE = 380,
    SECRETARY_IS_FRONT_PER_MILLE = 120,
    HEAD_OUTSIDER_PER_MILLE = 110,
    FRONT_OUTSIDER_PER_MILLE = 170,
    NO_COMMITTEE_PER_MILLE = 60, /* of the cells that are large enough for one */
    COMMITTEE_MEMBERS = 9,       /* of a grassroots committee: secretary, deputy, seven more */
};

static void draw_cell(struct prng *prng, struct committee *committee, int cell, struct leaders *leaders);
static void draw_grassroots(struct committee *committee, int branch, struct leaders *leaders);
static void draw_heads(struct prng *prng, struct committee *committee, size_t hamlet,
                       struct offices *offices);
static void draw_head(struct prng *prng, struct committee *committee, const struct planned_hamlet *hamlet,
                      unsigned outsider_per_mille, struct head *head);
static void write_leaders(struct table *table, const struct committee *committee, int branch,
                          const struct leaders *leaders);
static void write_commune(struct table *table, struct prng *prng, const struct committee *committee,
                          int branch, const struct leaders *leaders);
static void write_head(struct table *table, const struct committee *committee,
                       const struct planned_hamlet *hamlet, const char *position, const struct head *head,
                       int32_t to);
static void write_member(struct table *table, const struct committee *committee, int branch,
                         const char *position, int member, int32_t from, int32_t to);

void offices_draw(struct committee *committee, struct offices *ret_offices)
{
    struct plan *plan = &committee->plan;
    struct prng prng = prng_for(committee->seed, SALT_OFFICES);
    struct offices offices = {.leaders = sample_alloc(plan->count, sizeof(*offices.leaders)),
                              .heads = sample_alloc(plan->hamlet_count, sizeof(*offices.heads)),
                              .heads_before = sample_alloc(plan->hamlet_count, sizeof(*offices.heads)),
                              .front_heads = sample_alloc(plan->hamlet_count, sizeof(*offices.front_heads))};
    for (size_t i = 0; i < plan->count; i++) {
        offices.leaders[i] = (struct leaders){.secretary = NOBODY,
                                              .deputy = NOBODY,
                                              .changed = NO_DATE,
                                              .secretary_before = NOBODY,
                                              .member_before = NOBODY};
        if (plan_is_cell(&plan->branches[i])) {
            draw_cell(&prng, committee, (int)i, &offices.leaders[i]);
        }
    }
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan_is_cell(&plan->branches[i])) {
            draw_grassroots(committee, (int)i, &offices.leaders[i]);
        }
    }
    for (size_t i = 0; i < plan->hamlet_count; i++) {
        offices.heads_before[i].from = NO_DATE;
        draw_heads(&prng, committee, i, &offices);
    }
    *ret_offices = offices;
}

void offices_release(struct offices *offices)
{
    free(offices->leaders);
    free(offices->heads);
    free(offices->heads_before);
    free(offices->front_heads);
    *offices = (struct offices){0};
}

void offices_write(const char *folder, const struct committee *committee, const struct offices *offices)
{
    const struct plan *plan = &committee->plan;
    struct prng prng = prng_for(committee->seed, SALT_OFFICES);
    struct table table;
    table_open_of(
        &table, folder, committee->sender, "offices", KIND_OFFICE,
        "branch position locality member holder_name from_date to_date decision_number decision_date "
        "authority");
    for (size_t i = 0; i < plan->count; i++) {
        write_leaders(&table, committee, (int)i, &offices->leaders[i]);
        if (strcmp(plan->branches[i].unit_type, "commune") == 0 && plan->branches[i].committee < 0) {
            write_commune(&table, &prng, committee, (int)i, &offices->leaders[i]);
        }
    }
    for (size_t i = 0; i < plan->hamlet_count; i++) {
        const struct planned_hamlet *hamlet = &plan->hamlets[i];
        const char *position = hamlet->is_urban ? "group_head" : "hamlet_head";
        if (offices->heads_before[i].from != NO_DATE) {
            write_head(&table, committee, hamlet, position, &offices->heads_before[i],
                       offices->heads[i].from);
        }
        write_head(&table, committee, hamlet, position, &offices->heads[i], NO_DATE);
        write_head(&table, committee, hamlet, "front_head", &offices->front_heads[i], NO_DATE);
    }
    table_close(&table);
}

int offices_take(struct committee *committee, int cell)
{
    const struct planned_branch *branch = &committee->plan.branches[cell];
    for (unsigned i = 0; i < branch->members; i++) {
        size_t index = committee->first_of[cell] + i;
        struct enrolled *enrolled = &committee->people[index];
        int age = date_months_between(enrolled->person.birth_date, SAMPLE_DATE) / 12;
        bool is_here =
            enrolled_cell_on(enrolled, HISTORY_FROM) == cell && enrolled_stays(enrolled, HISTORY_FROM);
        bool is_fit = age >= AGE_MIN && age <= AGE_MAX && enrolled_is_official_on(enrolled, HISTORY_FROM) &&
                      enrolled->person.exempt_from == NO_DATE;
        if (!enrolled->is_taken && is_here && is_fit) {
            enrolled->is_taken = true;
            return (int)index;
        }
    }
    return NOBODY;
}

void offices_count(const struct committee *committee, const struct offices *offices, long *ret_secretaries,
                   long *ret_non_member_heads)
{
    long secretaries = 0;
    long outsiders = 0;
    for (size_t i = 0; i < committee->plan.count; i++) {
        const struct planned_branch *branch = &committee->plan.branches[i];
        secretaries += plan_is_cell(branch) && branch->dissolved_date == NO_DATE &&
                       offices->leaders[i].secretary != NOBODY;
    }
    for (size_t i = 0; i < committee->plan.hamlet_count; i++) {
        outsiders += offices->heads[i].member == NOBODY;
        outsiders += offices->front_heads[i].member == NOBODY;
    }
    *ret_secretaries = secretaries;
    *ret_non_member_heads = outsiders;
}

/* A small cell elects a secretary only. */
static void draw_cell(struct prng *prng, struct committee *committee, int cell, struct leaders *leaders)
{
    enum { MEMBERS_PER_SEAT = 6 };
    const struct planned_branch *branch = &committee->plan.branches[cell];
    unsigned official = 0;
    for (unsigned i = 0; i < branch->members; i++) {
        official += enrolled_is_official_on(&committee->people[committee->first_of[cell] + i], SAMPLE_DATE);
    }
    if (branch->dissolved_date != NO_DATE) {
        return; /* its people move on with it */
    }
    leaders->secretary = offices_take(committee, cell);
    if (official < OFFICIAL_FOR_COMMITTEE_MIN || leaders->secretary == NOBODY ||
        chance(prng, NO_COMMITTEE_PER_MILLE)) {
        return;
    }
    size_t seats = 3 + official / MEMBERS_PER_SEAT / 2 * 2;
    seats = seats > CELL_SEATS_MAX ? CELL_SEATS_MAX : seats;
    leaders->members[leaders->member_count++] = leaders->secretary;
    while (leaders->member_count < seats) {
        int member = offices_take(committee, cell);
        if (member == NOBODY) {
            break;
        }
        leaders->members[leaders->member_count++] = member;
    }
    leaders->deputy = leaders->member_count > 1 ? leaders->members[1] : NOBODY;
}

/* From the committee members of its cells, one each in turn; the last cells are those of the offices. */
static void draw_grassroots(struct committee *committee, int branch, struct leaders *leaders)
{
    const struct plan *plan = &committee->plan;
    size_t cells = 0;
    while (branch + 1 + (int)cells < (int)plan->count &&
           plan->branches[(size_t)branch + 1 + cells].committee == branch) {
        cells++;
    }
    for (size_t i = 0; i < COMMITTEE_MEMBERS && i < CELL_SEATS_MAX && cells > 0; i++) {
        int cell = branch + (int)cells - (int)(i % cells);
        int member = offices_take(committee, cell);
        if (member != NOBODY) {
            leaders->members[leaders->member_count++] = member;
        }
    }
    leaders->secretary = leaders->member_count > 0 ? leaders->members[0] : NOBODY;
    leaders->deputy = leaders->member_count > 1 ? leaders->members[1] : NOBODY;
}

static void draw_heads(struct prng *prng, struct committee *committee, size_t hamlet, struct offices *offices)
{
    const struct planned_hamlet *planned = &committee->plan.hamlets[hamlet];
    struct head *head = &offices->heads[hamlet];
    struct head *front = &offices->front_heads[hamlet];
    int secretary = planned->cell >= 0 ? offices->leaders[planned->cell].secretary : NOBODY;
    if (secretary != NOBODY && chance(prng, SECRETARY_IS_HEAD_PER_MILLE)) {
        *head = (struct head){.member = secretary, .from = day_of(2020, 8, 1)};
    } else {
        draw_head(prng, committee, planned, HEAD_OUTSIDER_PER_MILLE, head);
    }
    if (secretary != NOBODY && head->member != secretary && chance(prng, SECRETARY_IS_FRONT_PER_MILLE)) {
        *front = (struct head){.member = secretary, .from = day_of(2020, 8, 1)};
    } else {
        draw_head(prng, committee, planned, FRONT_OUTSIDER_PER_MILLE, front);
    }
}

static void draw_head(struct prng *prng, struct committee *committee, const struct planned_hamlet *hamlet,
                      unsigned outsider_per_mille, struct head *head)
{
    *head = (struct head){.member = NOBODY, .from = day_of(2020, 8, 1)};
    if (hamlet->cell >= 0 && !chance(prng, outsider_per_mille)) {
        head->member = offices_take(committee, hamlet->cell);
    }
    if (head->member == NOBODY) {
        head->is_woman = chance(prng, 180);
        head->birth_date = (int32_t)pick(prng, 0, 9000) - 3000; /* 1961 to 1986 */
        names_draw(prng, head->is_woman, NULL, head->name);
    }
}

static void write_leaders(struct table *table, const struct committee *committee, int branch,
                          const struct leaders *leaders)
{
    bool is_cell = plan_is_cell(&committee->plan.branches[branch]);
    int32_t from = is_cell ? day_of(2020, 3, 1) : day_of(2020, 6, 15);
    int32_t changed = leaders->changed;
    bool is_new = leaders->secretary_before != NOBODY;
    if (is_new) {
        write_member(table, committee, branch, "secretary", leaders->secretary_before, from, changed);
    }
    if (leaders->secretary != NOBODY) {
        write_member(table, committee, branch, "secretary", leaders->secretary, is_new ? changed : from,
                     NO_DATE);
    }
    if (leaders->deputy != NOBODY) {
        write_member(table, committee, branch, "deputy_secretary", leaders->deputy, from, NO_DATE);
    }
    if (leaders->member_before != NOBODY) {
        write_member(table, committee, branch, "committee_member", leaders->member_before, from, changed);
    }
    for (size_t i = 0; i < leaders->member_count; i++) {
        bool is_elected = leaders->member_before != NOBODY && i + 1 == leaders->member_count;
        write_member(table, committee, branch, "committee_member", leaders->members[i],
                     is_elected ? changed : from, NO_DATE);
    }
}

/* Council, people's committee and Front of the commune: held by its secretary here and there, else by others of the
 * committee. */
static void write_commune(struct table *table, struct prng *prng, const struct committee *committee,
                          int branch, const struct leaders *leaders)
{
    static const struct {
        const char *position;
        unsigned secretary_per_mille;
    } posts[] = {{"council_chair", 450}, {"people_committee_chair", 80}, {"front_chair", 0}};
    bool is_free = true; /* the secretary holds one more post at most */
    for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]) && leaders->member_count > i + 1; i++) {
        bool is_secretary = is_free && chance(prng, posts[i].secretary_per_mille);
        is_free = is_free && !is_secretary;
        write_member(table, committee, branch, posts[i].position,
                     is_secretary ? leaders->secretary : leaders->members[i + 1], day_of(2021, 7, 1),
                     NO_DATE);
    }
}

static void write_head(struct table *table, const struct committee *committee,
                       const struct planned_hamlet *hamlet, const char *position, const struct head *head,
                       int32_t to)
{
    table_text(table, committee->plan.branches[hamlet->cell >= 0 ? hamlet->cell : hamlet->committee].code);
    table_code(table, position);
    table_text(table, hamlet->code);
    table_text(table, head->member == NOBODY ? "" : committee->people[head->member].file_number);
    table_text(table, head->member == NOBODY ? head->name : "");
    table_date(table, head->from);
    table_date(table, to);
    table_end(table);
}

static void write_member(struct table *table, const struct committee *committee, int branch,
                         const char *position, int member, int32_t from, int32_t to)
{
    const struct planned_branch *planned = &committee->plan.branches[branch];
    table_text(table, planned->code);
    table_code(table, position);
    table_text(table, planned->locality);
    table_text(table, committee->people[member].file_number);
    table_blank(table, 1);
    table_date(table, from);
    table_date(table, to);
    table_format(table, "%d-QĐ/CU", member % 900 + 1);
    table_date(table, from - 10);
    table_format(table, "Ban Thường vụ cấp uỷ %s", committee->sender->name);
    table_end(table);
}
