/* Plans: communes first (for a territory), then the other units; each a cell of its own or a committee with
 * cells. */
#include "tools/sample/plan.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "tools/sample/units.h"

enum {
    UNITS_MAX = 64,
    CELLS_MAX = 64, /* of one committee: as many as an evaluation sheet holds */
    CELL_MEMBERS_USUAL = 18,
    UNIT_MEMBERS_MIN = 6,
    TERRITORY_PER_MILLE = 820,   /* of a district's members, in its communes */
    COMMUNE_MEMBERS_USUAL = 60,  /* at least so many, before another commune gets any */
    HAMLET_PER_CENT = 58,        /* of a commune's cells */
    BARE_HAMLET_PER_MILLE = 280, /* of the communes: one more hamlet, that has no cell */
    HAMLETS_OF_SMALL_COMMUNE = 2,
    PEOPLE_PER_HAMLET_MAX = 2400,
    EMPTY_CELL_PER_MILLE = 250, /* of those: it has one, but without any member left */
    MERGER_CELLS_MIN = 40,
    SUCCESSION_CELLS_MIN = 3,
    SPLIT_MEMBERS_MIN = 16,
    SPLIT_PER_MILLE = 70,
    RENAMED_PER_MILLE = 70,
};

/* Cells of a commune that are no hamlets, in the order they appear as a commune grows. */
static const struct {
    const char *name; /* %s: the commune */
    const char *unit_type;
    enum milieu milieu;
} commune_cells[] = {
    {"Chi bộ Cơ quan %s", "agency", MILIEU_AGENCY},
    {"Chi bộ Quân sự %s", "commune_military", MILIEU_AGENCY},
    {"Chi bộ Trường Tiểu học %s", "school", MILIEU_SCHOOL},
    {"Chi bộ Trường Trung học cơ sở %s", "school", MILIEU_SCHOOL},
    {"Chi bộ Trạm Y tế %s", "health", MILIEU_HEALTH},
    {"Chi bộ Trường Mầm non %s", "school", MILIEU_SCHOOL},
    {"Chi bộ Công an %s", "police", MILIEU_POLICE},
    {"Chi bộ Hợp tác xã Nông nghiệp %s", "cooperative", MILIEU_ENTERPRISE},
    {"Chi bộ Trường Tiểu học số 2 %s", "school", MILIEU_SCHOOL},
};
enum { COMMUNE_CELLS = sizeof(commune_cells) / sizeof(commune_cells[0]) };

static unsigned plan_communes(struct prng *prng, const struct sender *sender, unsigned members,
                              struct plan *plan);
static void plan_commune(struct prng *prng, const struct sender *sender, unsigned number,
                         const struct commune *commune, unsigned members, struct plan *plan);
static void plan_units(struct prng *prng, const struct sender *sender, unsigned first_number,
                       unsigned members, struct plan *plan);
static void plan_unit(struct prng *prng, const struct sender *sender, unsigned number,
                      const struct unit *unit, unsigned members, struct plan *plan);
static struct planned_branch *add_branch(struct plan *plan, const char *parent, const char *kind,
                                         const char *unit_type);
static size_t count_cells(unsigned members);
static void add_hamlet(struct plan *plan, const struct commune *commune, size_t index, int committee,
                       int cell);
static void populate(struct prng *prng, const struct sender *sender, struct plan *plan);
static void plan_merger(const struct sender *sender, struct plan *plan);
static bool is_plain(const struct planned_branch *branch);
static void plan_succession(struct prng *prng, struct plan *plan, int committee, size_t cells,
                            const char *unit_name);

void plan_make(struct prng *prng, const struct sender *sender, unsigned members, struct plan *plan)
{
    REQUIRE(members >= PLAN_MEMBERS_MIN);
    plan->branches = sample_alloc(PLAN_BRANCHES_MAX, sizeof(*plan->branches));
    plan->count = 0;
    plan->hamlets = sample_alloc(PLAN_HAMLETS_MAX, sizeof(*plan->hamlets));
    plan->hamlet_count = 0;
    unsigned units = 0;
    unsigned in_communes = 0;
    if (sender->type == SENDER_TERRITORY) {
        in_communes = members * TERRITORY_PER_MILLE / 1000;
        units = plan_communes(prng, sender, in_communes, plan);
    }
    plan_units(prng, sender, units + 1, members - in_communes, plan);
    populate(prng, sender, plan);
    plan_merger(sender, plan);
}

bool plan_is_cell(const struct planned_branch *branch)
{
    return strcmp(branch->kind, "grassroots_committee") != 0;
}

/* Returns the number of communes. */
static unsigned plan_communes(struct prng *prng, const struct sender *sender, unsigned members,
                              struct plan *plan)
{
    struct commune communes[COMMUNES_MAX];
    size_t count = communes_of(sender->code, communes);
    if (count == 0) {
        sample_fail("no commune of %s in the reference data", sender->code);
    }
    if (count > members / COMMUNE_MEMBERS_USUAL) {
        count = members / COMMUNE_MEMBERS_USUAL;
        count = count == 0 ? 1 : count;
    }
    unsigned parts[COMMUNES_MAX];
    split_random(prng, members, count, UNIT_MEMBERS_MIN, parts);
    for (size_t i = 0; i < count; i++) {
        plan_commune(prng, sender, (unsigned)i + 1, &communes[i], parts[i], plan);
    }
    return (unsigned)count;
}

static void plan_commune(struct prng *prng, const struct sender *sender, unsigned number,
                         const struct commune *commune, unsigned members, struct plan *plan)
{
    struct planned_branch *committee = add_branch(plan, sender->code, "grassroots_committee", "commune");
    (void)snprintf(committee->code, sizeof(committee->code), "%s.%02u", sender->code, number);
    (void)snprintf(committee->name, sizeof(committee->name), "Đảng bộ %.150s", commune->name);
    (void)snprintf(committee->locality, sizeof(committee->locality), "%.7s", commune->code);
    int index = (int)(committee - plan->branches);
    if (members < COMMITTEE_MEMBERS_MIN) {
        committee->kind = "grassroots_cell";
        (void)snprintf(committee->name, sizeof(committee->name), "Chi bộ %.150s", commune->name);
        committee->members = members;
        for (size_t i = 0; i < HAMLETS_OF_SMALL_COMMUNE; i++) {
            add_hamlet(plan, commune, i, index, -1);
        }
        return;
    }
    size_t cells = count_cells(members);
    size_t hamlets = cells * HAMLET_PER_CENT / 100 + 1;
    if (cells > hamlets + COMMUNE_CELLS) {
        hamlets = cells - COMMUNE_CELLS;
    }
    if (hamlets > HAMLETS_MAX) {
        hamlets = HAMLETS_MAX;
        cells = HAMLETS_MAX + COMMUNE_CELLS;
    }
    unsigned parts[CELLS_MAX];
    split_random(prng, members, cells, CELL_MEMBERS_MIN, parts);
    for (size_t i = 0; i < cells; i++) {
        struct planned_branch *cell = add_branch(plan, committee->code, "cell", "commune");
        (void)snprintf(cell->code, sizeof(cell->code), "%.12s.%02zu", committee->code, i + 1);
        cell->members = parts[i];
        cell->committee = index;
        if (i < hamlets) {
            cell->milieu = MILIEU_HAMLET;
            add_hamlet(plan, commune, i, index, (int)(cell - plan->branches));
        } else {
            cell->milieu = commune_cells[i - hamlets].milieu;
            cell->unit_type = commune_cells[i - hamlets].unit_type;
            const char *name = commune_cells[i - hamlets].name;
            (void)snprintf(cell->name, sizeof(cell->name), "%.*s%.120s", (int)strcspn(name, "%"), name,
                           commune->name);
        }
    }
    if (hamlets < HAMLETS_MAX && chance(prng, BARE_HAMLET_PER_MILLE)) {
        struct planned_branch *empty = NULL;
        if (cells < CELLS_MAX && chance(prng, EMPTY_CELL_PER_MILLE)) {
            empty = add_branch(plan, committee->code, "cell", "commune");
            (void)snprintf(empty->code, sizeof(empty->code), "%.12s.%02zu", committee->code, cells + 1);
            empty->committee = index;
            empty->milieu = MILIEU_HAMLET;
        }
        add_hamlet(plan, commune, hamlets, index, empty == NULL ? -1 : (int)(empty - plan->branches));
    }
}

/* As many units as the members fill, in the table's order, by their weights. */
static void plan_units(struct prng *prng, const struct sender *sender, unsigned first_number,
                       unsigned members, struct plan *plan)
{
    size_t count = 0;
    const struct unit *units = units_of(sender->type, &count);
    if (count > members / UNIT_MEMBERS_MIN) {
        count = members / UNIT_MEMBERS_MIN;
        count = count == 0 ? 1 : count;
    }
    REQUIRE(count <= UNITS_MAX);
    unsigned weight_sum = 0;
    for (size_t i = 0; i < count; i++) {
        weight_sum += units[i].weight;
    }
    unsigned least = members / (unsigned)count < UNIT_MEMBERS_MIN ? members : UNIT_MEMBERS_MIN;
    unsigned spare = members - least * (unsigned)count;
    unsigned rest = spare;
    unsigned parts[UNITS_MAX];
    for (size_t i = 0; i < count; i++) {
        unsigned share = spare * units[i].weight / weight_sum;
        parts[i] = least + share;
        rest -= share;
    }
    parts[0] += rest;
    for (size_t i = 0; i < count; i++) {
        plan_unit(prng, sender, first_number + (unsigned)i, &units[i], parts[i], plan);
    }
}

static void plan_unit(struct prng *prng, const struct sender *sender, unsigned number,
                      const struct unit *unit, unsigned members, struct plan *plan)
{
    struct planned_branch *branch = add_branch(plan, sender->code, "grassroots_cell", unit->unit_type);
    (void)snprintf(branch->code, sizeof(branch->code), "%s.%02u", sender->code, number);
    (void)snprintf(branch->name, sizeof(branch->name), "Chi bộ %s %s", unit->name,
                   sender->type == SENDER_TERRITORY ? sender->name : "");
    size_t name_len = strlen(branch->name);
    if (branch->name[name_len - 1] == ' ') {
        branch->name[name_len - 1] = '\0';
    }
    branch->milieu = unit->milieu;
    branch->members = members;
    if (members < COMMITTEE_MEMBERS_MIN) {
        return;
    }
    branch->kind = "grassroots_committee";
    branch->members = 0;
    char name[SAMPLE_TEXT_BYTES];
    (void)snprintf(name, sizeof(name), "Đảng bộ%.150s", branch->name + strlen("Chi bộ"));
    memcpy(branch->name, name, sizeof(name));
    unsigned parts[CELLS_MAX];
    size_t cells = count_cells(members);
    split_random(prng, members, cells, CELL_MEMBERS_MIN, parts);
    for (size_t i = 0; i < cells; i++) {
        struct planned_branch *cell = add_branch(plan, branch->code, "cell", unit->unit_type);
        (void)snprintf(cell->code, sizeof(cell->code), "%.12s.%02zu", branch->code, i + 1);
        (void)snprintf(cell->name, sizeof(cell->name), "Chi bộ %zu %.120s", i + 1, unit->name);
        cell->members = parts[i];
        cell->milieu = unit->milieu;
        cell->committee = (int)(branch - plan->branches);
    }
    plan_succession(prng, plan, (int)(branch - plan->branches), cells, unit->name);
}

/* Here and there the first cell of a unit is renamed, or split in two, after SAMPLE_DATE: branches of their own succeed it. */
static void plan_succession(struct prng *prng, struct plan *plan, int committee, size_t cells,
                            const char *unit_name)
{
    struct planned_branch *old = &plan->branches[committee + 1];
    unsigned drawn = pick(prng, 0, 999);
    size_t parts = drawn < SPLIT_PER_MILLE && old->members >= SPLIT_MEMBERS_MIN ? 2 : 1;
    if (cells < SUCCESSION_CELLS_MIN || cells + parts > CELLS_MAX ||
        drawn >= SPLIT_PER_MILLE + RENAMED_PER_MILLE) {
        return;
    }
    old->dissolved_date = day_of((int)pick(prng, 2023, 2024), (int)pick(prng, 2, 11), 1);
    old->succession = parts == 1 ? "renamed" : "split";
    for (size_t i = 0; i < parts; i++) {
        struct planned_branch *part =
            add_branch(plan, plan->branches[committee].code, "cell", old->unit_type);
        (void)snprintf(part->code, sizeof(part->code), "%.12s.%02zu", plan->branches[committee].code,
                       cells + i + 1);
        (void)snprintf(part->name, sizeof(part->name), "Chi bộ %s %.120s",
                       parts == 1 ? "Tổng hợp"
                       : i == 0   ? "1A"
                                  : "1B",
                       unit_name);
        part->milieu = old->milieu;
        part->committee = committee;
        part->established_date = old->dissolved_date;
        old->successors[old->successor_count++] = (int)(part - plan->branches);
    }
}

static struct planned_branch *add_branch(struct plan *plan, const char *parent, const char *kind,
                                         const char *unit_type)
{
    REQUIRE(plan->count < PLAN_BRANCHES_MAX);
    struct planned_branch *branch = &plan->branches[plan->count++];
    (void)snprintf(branch->parent, sizeof(branch->parent), "%s", parent);
    branch->kind = kind;
    branch->unit_type = unit_type;
    branch->committee = -1;
    branch->hamlet = -1;
    branch->established_date = NO_DATE;
    branch->dissolved_date = NO_DATE;
    return branch;
}

static size_t count_cells(unsigned members)
{
    size_t cells = members / CELL_MEMBERS_USUAL;
    cells = cells < 2 ? 2 : cells;
    return cells > CELLS_MAX ? CELLS_MAX : cells;
}

static void add_hamlet(struct plan *plan, const struct commune *commune, size_t index, int committee,
                       int cell)
{
    REQUIRE(plan->hamlet_count < PLAN_HAMLETS_MAX);
    struct planned_hamlet *hamlet = &plan->hamlets[plan->hamlet_count];
    *hamlet = (struct planned_hamlet){.is_urban = commune->is_urban, .committee = committee, .cell = cell};
    (void)snprintf(hamlet->commune, sizeof(hamlet->commune), "%.7s", commune->code);
    hamlet_name(commune, index, hamlet->name);
    /* A commune has five digits; where a district has none, the number of its branch takes two of them. */
    if (strlen(commune->code) < 5) {
        (void)snprintf(hamlet->code, sizeof(hamlet->code), "%.3s%02u%02u", commune->code,
                       (unsigned)committee % 100, (unsigned)index + 1);
    } else {
        (void)snprintf(hamlet->code, sizeof(hamlet->code), "%.5s%02u", commune->code, (unsigned)index + 1);
    }
    if (cell >= 0) {
        struct planned_branch *branch = &plan->branches[cell];
        branch->hamlet = (int)plan->hamlet_count;
        (void)snprintf(branch->name, sizeof(branch->name), "Chi bộ %.150s", hamlet->name);
        memcpy(branch->locality, hamlet->code, sizeof(branch->locality));
    }
    plan->hamlet_count++;
}

/* The people of the district, unevenly over its hamlets. */
static void populate(struct prng *prng, const struct sender *sender, struct plan *plan)
{
    enum { USUAL_PER_CENT = 100, SPREAD_PER_CENT = 55, PER_HOUSEHOLD_TENTHS = 36 };
    if (plan->hamlet_count == 0) {
        return;
    }
    unsigned usual = population_of(sender->code) / (unsigned)plan->hamlet_count;
    usual = usual > PEOPLE_PER_HAMLET_MAX ? PEOPLE_PER_HAMLET_MAX : usual;
    for (size_t i = 0; i < plan->hamlet_count; i++) {
        struct planned_hamlet *hamlet = &plan->hamlets[i];
        unsigned per_cent = pick(prng, USUAL_PER_CENT - SPREAD_PER_CENT, USUAL_PER_CENT + SPREAD_PER_CENT);
        hamlet->people = usual * per_cent / 100 + 40;
        hamlet->households = hamlet->people * 10 / PER_HOUSEHOLD_TENTHS;
    }
}

/* The last cell of the last committee of a larger sender goes into the one before it. */
static void plan_merger(const struct sender *sender, struct plan *plan)
{
    enum { YEAR_DAYS = 366 }; /* half of them a year later */
    size_t last = plan->count - 1;
    if (plan->count < MERGER_CELLS_MIN) {
        return;
    }
    while (last > 1 && (!is_plain(&plan->branches[last]) || !is_plain(&plan->branches[last - 1]) ||
                        plan->branches[last - 1].committee != plan->branches[last].committee)) {
        last--;
    }
    if (last > 1) {
        plan->branches[last].dissolved_date = MERGER_DATE + (sender->file_prefix % 2 == 0 ? YEAR_DAYS : 0);
        plan->branches[last].succession = "merged";
        plan->branches[last].successors[plan->branches[last].successor_count++] = (int)last - 1;
    }
}

/* A cell of a committee that is no hamlet's and has no part in a reorganisation. */
static bool is_plain(const struct planned_branch *branch)
{
    return branch->committee >= 0 && branch->hamlet < 0 && branch->members > 0 &&
           branch->dissolved_date == NO_DATE;
}
