/* Oversight: the first parts of the directive's motto. */
#include "tools/sample/oversight.h"

#include <string.h>

#include "tools/sample/names.h"
#include "tools/sample/table.h"

enum {
    VISITS_MAX = 6,
    PROVINCE_PER_MILLE =
        300, /* of grassroots organisations: a member of the provincial committee is in charge */
    DIRECT_PER_MILLE = 250, /* of cells: one of the direct committee */
    GRASSROOTS_PER_MILLE = 850,
};

static void write_supervisions(const char *folder, struct prng *prng, const struct committee *committee,
                               const struct offices *offices, struct oversight_counts *counts);
static void write_supervision(struct table *table, struct prng *prng, const struct committee *committee,
                              size_t branch, const char *level, int member, struct oversight_counts *counts);
static void write_dialogues(const char *folder, struct prng *prng, const struct committee *committee,
                            struct oversight_counts *counts);
static void write_inspections(const char *folder, struct prng *prng, const struct committee *committee,
                              struct oversight_counts *counts);
static void write_competitions(const char *folder, struct prng *prng, const struct committee *committee);
static bool is_organisation(const struct planned_branch *branch);

void oversight_write(const char *folder, const struct committee *committee, const struct offices *offices,
                     struct oversight_counts *ret_counts)
{
    struct prng prng = prng_for(committee->seed, SALT_OVERSIGHT);
    *ret_counts = (struct oversight_counts){0};
    write_supervisions(folder, &prng, committee, offices, ret_counts);
    write_dialogues(folder, &prng, committee, ret_counts);
    write_inspections(folder, &prng, committee, ret_counts);
    write_competitions(folder, &prng, committee);
}

static void write_supervisions(const char *folder, struct prng *prng, const struct committee *committee,
                               const struct offices *offices, struct oversight_counts *counts)
{
    struct table table;
    table_open_of(&table, folder, committee->sender, "supervisions", KIND_SUPERVISION,
                  "branch level member holder_name from_date to_date decision_number visit*6{date,type}");
    for (size_t i = 0; i < committee->plan.count; i++) {
        const struct planned_branch *branch = &committee->plan.branches[i];
        if (branch->dissolved_date != NO_DATE) {
            continue;
        }
        if (is_organisation(branch) && chance(prng, PROVINCE_PER_MILLE)) {
            write_supervision(&table, prng, committee, i, "province", NOBODY, counts);
        }
        if (plan_is_cell(branch) && chance(prng, DIRECT_PER_MILLE)) {
            write_supervision(&table, prng, committee, i, "direct", NOBODY, counts);
        }
        if (branch->committee >= 0 && chance(prng, GRASSROOTS_PER_MILLE)) {
            const struct leaders *leaders = &offices->leaders[branch->committee];
            int member = leaders->member_count == 0
                             ? NOBODY
                             : leaders->members[prng_below(prng, leaders->member_count)];
            write_supervision(&table, prng, committee, i, "grassroots", member, counts);
        }
    }
    table_close(&table);
}

static void write_supervision(struct table *table, struct prng *prng, const struct committee *committee,
                              size_t branch, const char *level, int member, struct oversight_counts *counts)
{
    static const char *const types[] = {"monthly", "monthly", "thematic", "working", "other"};
    char name[SAMPLE_TEXT_BYTES] = "";
    int32_t from = day_of(2021, 3, 1);
    int32_t established = committee->plan.branches[branch].established_date;
    from = established != NO_DATE ? established : from;
    if (member == NOBODY) {
        names_draw(prng, chance(prng, 200), NULL, name);
    }
    table_text(table, committee->plan.branches[branch].code);
    table_code(table, level);
    table_text(table, member == NOBODY ? "" : committee->people[member].file_number);
    table_text(table, name);
    table_date(table, from);
    table_date(table, NO_DATE);
    table_format(table, "%zu-QĐ/CU", branch + 1);
    unsigned visits = pick(prng, 0, VISITS_MAX);
    for (unsigned i = 0; i < visits; i++) { /* one in each part of the time, in order */
        unsigned days = (unsigned)(HISTORY_TO - from) / visits;
        int32_t date = from + (int32_t)pick(prng, i * days + 1, (i + 1) * days);
        counts->visits_last_year += year_of(date) == FIRST_YEAR + HISTORY_YEARS - 1;
        table_date(table, date);
        table_code(table, types[prng_below(prng, sizeof(types) / sizeof(types[0]))]);
    }
    table_end(table);
    counts->supervised++;
    counts->visits += visits;
}

/* Two a year in every grassroots organisation; some are not held, some not yet settled. */
static void write_dialogues(const char *folder, struct prng *prng, const struct committee *committee,
                            struct oversight_counts *counts)
{
    static const char *const audiences[] = {"members", "people", "both", "people"};
    struct table table;
    table_open_of(&table, folder, committee->sender, "dialogues", KIND_DIALOGUE,
                  "branch audience planned_date held_date participants matters_raised matters_settled");
    for (int half = 0; half < HISTORY_YEARS * 2; half++) {
        for (size_t i = 0; i < committee->plan.count; i++) {
            if (!is_organisation(&committee->plan.branches[i])) {
                continue;
            }
            int32_t planned =
                day_of(FIRST_YEAR + half / 2, half % 2 * 6 + 1, 10) + (int32_t)pick(prng, 0, 150);
            bool is_held = chance(prng, 880);
            table_text(&table, committee->plan.branches[i].code);
            table_code(&table, audiences[prng_below(prng, 4)]);
            table_date(&table, planned);
            if (is_held) {
                unsigned raised = pick(prng, 0, 25);
                table_date(&table, planned + (int32_t)pick(prng, 0, 15));
                table_number(&table, (long)pick(prng, 25, 180));
                table_number(&table, (long)raised);
                table_number(&table, (long)(raised - raised * pick(prng, 0, 40) / 100));
                counts->dialogues_held++;
            }
            table_end(&table);
        }
    }
    table_close(&table);
}

/* Of grassroots organisations by the sender; only conclusions that are published. */
static void write_inspections(const char *folder, struct prng *prng, const struct committee *committee,
                              struct oversight_counts *counts)
{
    static const char *const types[] = {"inspection", "inspection", "supervision", "supervision",
                                        "violation"};
    static const char *const conclusions[] = {"good",         "good",      "shortcomings",
                                              "shortcomings", "violation", "disciplined"};
    struct table table;
    table_open_of(&table, folder, committee->sender, "inspections", KIND_INSPECTION,
                  "branch subject type planned_date done_date published_date conclusion");
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        for (size_t i = 0; i < committee->plan.count; i++) {
            if (!is_organisation(&committee->plan.branches[i]) || !chance(prng, 450)) {
                continue;
            }
            int32_t planned = day_of(year, 2, 1) + (int32_t)pick(prng, 0, 240);
            int32_t done = planned + (int32_t)pick(prng, 5, 60);
            bool is_done = chance(prng, 930);
            bool is_published = is_done && chance(prng, 850);
            table_text(&table, committee->sender->code);
            table_text(&table, committee->plan.branches[i].code);
            table_code(&table, types[prng_below(prng, 5)]);
            table_date(&table, planned);
            table_date(&table, is_done ? done : NO_DATE);
            table_date(&table, is_published ? done + (int32_t)pick(prng, 5, 25) : NO_DATE);
            table_code(&table, is_published ? conclusions[prng_below(prng, 6)] : NULL);
            table_end(&table);
            counts->inspections_done += is_done;
        }
    }
    table_close(&table);
}

static void write_competitions(const char *folder, struct prng *prng, const struct committee *committee)
{
    struct table table;
    table_open_of(&table, folder, committee->sender, "competitions", KIND_COMPETITION,
                  "branch type name from_date to_date participants");
    for (int year = FIRST_YEAR; year < FIRST_YEAR + HISTORY_YEARS; year++) {
        int32_t from = day_of(year, 8, 1) + (int32_t)pick(prng, 0, 60);
        table_text(&table, committee->sender->code);
        table_code(&table, "contest");
        table_format(&table, "Hội thi bí thư chi bộ giỏi %d", year);
        table_date(&table, from);
        table_date(&table, from + 2);
        table_number(&table, (long)pick(prng, 15, 60));
        table_end(&table);
    }
    table_text(&table, committee->sender->code);
    table_code(&table, "club");
    table_text(&table, "Câu lạc bộ bí thư chi bộ");
    table_date(&table, day_of(2021, 5, 19));
    table_date(&table, NO_DATE);
    table_number(&table, (long)pick(prng, 20, 90));
    table_end(&table);
    table_close(&table);
}

static bool is_organisation(const struct planned_branch *branch)
{
    return branch->committee < 0;
}
