/* Work of members: trainings, tasks, planning; and its evaluation at the end of the year. */
#include "tools/sample/work.h"

#include <stdlib.h>
#include <string.h>

#include "common/record/date.h"
#include "tools/sample/table.h"

enum {
    SECRETARY_TRAINED_PER_MILLE = 850,
    NEW_MEMBER_TRAINED_PER_MILLE = 900,
    TASK_PER_MILLE = 200,
    PLANNED_PER_COMMITTEE = 3,
    PLANNED_TRAINED_PER_MILLE = 840,
};

/* What is rated in one cell. */
struct ratings {
    unsigned members, excellent, good, completed, not_completed, not_evaluated;
};

static void write_trainings(const char *folder, struct prng *prng, const struct committee *committee,
                            const struct offices *offices, struct work_counts *counts);
static void write_training(struct table *table, const struct committee *committee, int cell, int member,
                           const char *course, int32_t completed);
static void write_tasks(const char *folder, struct prng *prng, const struct committee *committee,
                        struct work_counts *counts);
static void write_plannings(const char *folder, const struct committee *committee,
                            const struct offices *offices);
static size_t count_planned(const struct committee *committee, const struct offices *offices, size_t branch);
static void write_evaluations(const char *folder, struct prng *prng, const struct committee *committee,
                              struct work_counts *counts);
static void evaluate(struct table *sheet, struct table *cells, struct prng *prng,
                     const struct committee *committee, int organisation, int year, const unsigned *members,
                     struct work_counts *counts);
static struct ratings rate(struct prng *prng, unsigned members, unsigned good_before,
                           unsigned excellent_before);

void work_write(const char *folder, const struct committee *committee, const struct offices *offices,
                struct work_counts *ret_counts)
{
    struct prng prng = prng_for(committee->seed, SALT_WORK);
    *ret_counts = (struct work_counts){0};
    write_trainings(folder, &prng, committee, offices, ret_counts);
    write_tasks(folder, &prng, committee, ret_counts);
    write_plannings(folder, committee, offices);
    write_evaluations(folder, &prng, committee, ret_counts);
}

static void write_trainings(const char *folder, struct prng *prng, const struct committee *committee,
                            const struct offices *offices, struct work_counts *counts)
{
    struct table table;
    table_open_of(&table, folder, committee->sender, "trainings", KIND_TRAINING,
                  "branch member course from_date completed_date provider certificate");
    for (size_t i = 0; i < committee->plan.count; i++) {
        int secretary = offices->leaders[i].secretary;
        if (plan_is_cell(&committee->plan.branches[i]) && secretary != NOBODY &&
            chance(prng, SECRETARY_TRAINED_PER_MILLE)) {
            write_training(&table, committee, (int)i, secretary, "cell_secretary",
                           (int32_t)pick(prng, HISTORY_FROM + 60, HISTORY_TO - 30));
            counts->trained_secretaries++;
        }
        for (size_t j = 0; j < count_planned(committee, offices, i); j++) {
            counts->planned++;
            if (chance(prng, PLANNED_TRAINED_PER_MILLE)) {
                write_training(&table, committee, (int)i, offices->leaders[i].members[j + 1],
                               "committee_member", (int32_t)pick(prng, SAMPLE_DATE, HISTORY_TO - 30));
                counts->planned_trained++;
            }
        }
    }
    for (size_t i = 0; i < committee->count; i++) {
        const struct enrolled *enrolled = &committee->people[i];
        int32_t completed = enrolled->person.admission_date + (int32_t)pick(prng, 60, 300);
        int cell = enrolled_cell_on(enrolled, completed);
        if (enrolled->person.admission_date >= HISTORY_FROM && completed <= HISTORY_TO && cell != NO_BRANCH &&
            chance(prng, NEW_MEMBER_TRAINED_PER_MILLE)) {
            write_training(&table, committee, cell, (int)i, "new_member", completed);
        }
    }
    table_close(&table);
}

static void write_training(struct table *table, const struct committee *committee, int cell, int member,
                           const char *course, int32_t completed)
{
    table_text(table, committee->plan.branches[cell].code);
    table_text(table, committee->people[member].file_number);
    table_code(table, course);
    table_date(table, completed - 4);
    table_date(table, completed);
    table_format(table, "Trung tâm Chính trị %s", committee->sender->name);
    table_format(table, "%d/%d", member + 1, year_of(completed));
    table_end(table);
}

static void write_tasks(const char *folder, struct prng *prng, const struct committee *committee,
                        struct work_counts *counts)
{
    static const char *const contents[] = {"Phụ trách tổ tự quản",       "Vận động xây dựng nông thôn mới",
                                           "Giúp đỡ quần chúng ưu tú",   "Phụ trách đoàn thể",
                                           "Tuyên truyền ở khu dân cư",  "Đỡ đầu hộ khó khăn",
                                           "Cải cách hành chính đơn vị", "Phụ trách địa bàn"};
    int32_t from = day_of(2024, 1, 15);
    struct table table;
    table_open_of(&table, folder, committee->sender, "tasks", KIND_TASK,
                  "branch member content assigned_date due_date completed_date result");
    for (size_t i = 0; i < committee->count; i++) {
        int32_t assigned = from + (int32_t)pick(prng, 0, 120);
        int cell = enrolled_cell_on(&committee->people[i], assigned);
        if (cell == NO_BRANCH || !chance(prng, TASK_PER_MILLE) ||
            !enrolled_stays(&committee->people[i], assigned)) {
            continue;
        }
        int32_t due = assigned + (int32_t)pick(prng, 60, 200);
        unsigned drawn = pick(prng, 0, 99);
        const char *result = drawn < 82   ? "on_time"
                             : drawn < 93 ? "late"
                             : drawn < 97 ? "not_completed"
                                          : NULL;
        int32_t completed = drawn < 82   ? due - (int32_t)pick(prng, 0, 20)
                            : drawn < 93 ? due + (int32_t)pick(prng, 1, 25)
                                         : NO_DATE;
        table_text(&table, committee->plan.branches[cell].code);
        table_text(&table, committee->people[i].file_number);
        table_text(&table, contents[prng_below(prng, sizeof(contents) / sizeof(contents[0]))]);
        table_date(&table, assigned);
        table_date(&table, due);
        table_date(&table, completed);
        table_code(&table, result);
        table_end(&table);
        counts->tasks++;
    }
    table_close(&table);
}

/* For the committee's next term: from its own members. */
static void write_plannings(const char *folder, const struct committee *committee,
                            const struct offices *offices)
{
    static const char *const positions[PLANNED_PER_COMMITTEE] = {"secretary", "deputy_secretary",
                                                                 "committee_member"};
    struct table table;
    table_open_of(&table, folder, committee->sender, "plannings", KIND_PLANNING,
                  "branch member position from_date to_date decision_number decision_date");
    for (size_t i = 0; i < committee->plan.count; i++) {
        const struct leaders *leaders = &offices->leaders[i];
        for (size_t j = 0; j < count_planned(committee, offices, i); j++) {
            table_text(&table, committee->plan.branches[i].code);
            table_text(&table, committee->people[leaders->members[j + 1]].file_number);
            table_code(&table, positions[j]);
            table_date(&table, day_of(2022, 9, 1));
            table_date(&table, day_of(2027, 9, 1));
            table_format(&table, "%zu-QĐ/CU", i + 1);
            table_date(&table, day_of(2022, 8, 25));
            table_end(&table);
        }
    }
    table_close(&table);
}

/* Of a grassroots committee: whom it plans are its members but the secretary. */
static size_t count_planned(const struct committee *committee, const struct offices *offices, size_t branch)
{
    size_t count = offices->leaders[branch].member_count;
    if (plan_is_cell(&committee->plan.branches[branch]) || count < 2) {
        return 0;
    }
    return count - 1 < PLANNED_PER_COMMITTEE ? count - 1 : PLANNED_PER_COMMITTEE;
}

/* A sheet per grassroots organisation and year, its cells in a file of one row per cell. */
static void write_evaluations(const char *folder, struct prng *prng, const struct committee *committee,
                              struct work_counts *counts)
{
    const struct plan *plan = &committee->plan;
    unsigned *members = sample_alloc(plan->count, sizeof(*members));
    unsigned *official = sample_alloc(plan->count, sizeof(*official));
    struct table sheet;
    struct table cells;
    table_open_of(&sheet, folder, committee->sender, "evaluations", KIND_EVALUATION,
                  "branch year period class decision_number decision_date authority");
    table_open_of(
        &cells, folder, committee->sender, "evaluation-cells", KIND_EVALUATION,
        "branch year period cell.branch cell.class cell.members cell.excellent cell.good cell.completed "
        "cell.not_completed cell.not_evaluated");
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        committee_count(committee, year_end(year), members, official);
        for (size_t i = 0; i < plan->count; i++) {
            if (plan->branches[i].committee < 0) {
                evaluate(&sheet, &cells, prng, committee, (int)i, year, members, counts);
            }
        }
    }
    table_close(&cells);
    table_close(&sheet);
    free(members);
    free(official);
}

/* Row by row at most one excellent to five good, so that the sheet keeps the cap at every step. */
static void evaluate(struct table *sheet, struct table *cells, struct prng *prng,
                     const struct committee *committee, int organisation, int year, const unsigned *members,
                     struct work_counts *counts)
{
    static const char *const classes[] = {"good", "good",      "good", "good",
                                          "good", "completed", "good", "completed"};
    const struct plan *plan = &committee->plan;
    unsigned good = 0, excellent = 0, good_cells = 0, excellent_cells = 0;
    table_text(sheet, plan->branches[organisation].code);
    table_number(sheet, year);
    table_code(sheet, "year");
    table_code(sheet, classes[prng_below(prng, 8)]);
    table_format(sheet, "%d-QĐ/CU", organisation + 1);
    table_date(sheet, day_of(year, 12, 25));
    table_format(sheet, "Ban Thường vụ cấp uỷ %s", committee->sender->name);
    table_end(sheet);
    for (size_t i = (size_t)organisation; i < plan->count; i++) {
        bool is_own = (int)i == organisation || plan->branches[i].committee == organisation;
        if (!is_own) {
            break;
        }
        if (members[i] == 0 || !plan_is_cell(&plan->branches[i])) {
            continue;
        }
        struct ratings rated = rate(prng, members[i], good, excellent);
        const char *class = classes[prng_below(prng, 8)];
        class = 5 * (excellent_cells + 1) <= good_cells && chance(prng, 600) ? "excellent" : class;
        excellent_cells += strcmp(class, "excellent") == 0;
        good_cells += strcmp(class, "good") == 0;
        good += rated.good;
        excellent += rated.excellent;
        const unsigned figures[] = {rated.members,   rated.excellent,     rated.good,
                                    rated.completed, rated.not_completed, rated.not_evaluated};
        table_text(cells, plan->branches[organisation].code);
        table_number(cells, year);
        table_code(cells, "year");
        table_text(cells, plan->branches[i].code);
        table_code(cells, class);
        for (size_t j = 0; j < sizeof(figures) / sizeof(figures[0]); j++) {
            table_number(cells, (long)figures[j]);
        }
        table_end(cells);
        if (year == FIRST_YEAR + HISTORY_YEARS - 1) {
            counts->evaluated += (long)(rated.members - rated.not_evaluated);
            counts->not_evaluated += (long)rated.not_evaluated;
        }
    }
}

static struct ratings rate(struct prng *prng, unsigned members, unsigned good_before,
                           unsigned excellent_before)
{
    struct ratings rated = {.members = members};
    rated.not_evaluated = members * pick(prng, 2, 12) / 100;
    unsigned evaluated = members - rated.not_evaluated;
    rated.completed = evaluated * pick(prng, 5, 18) / 100;
    rated.not_completed = evaluated > rated.completed + 3 && chance(prng, 120) ? 1 : 0;
    unsigned rest = evaluated - rated.completed - rated.not_completed;
    unsigned most = (good_before + rest - 5 * excellent_before) / 6;
    rated.excellent = pick(prng, most / 2, most);
    rated.good = rest - rated.excellent;
    return rated;
}
