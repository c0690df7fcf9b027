/* sample --out DIR [--seed N] [--members N] [--since DATE] [--faults SPEC]
 * sample --out DIR --tallies N [--seed N] [--faults PER_MILLE]     one big file of tally sheets: tallies.h
 *
 * Writes the sheets of the province's device (province-*.csv) and, for each of the seventeen senders, <code>-*.csv, with the
 * headers the import reads; order.txt, in which order; <file>.faults.csv where faults were put in; and manifest.csv, what the figures must come to.
 * Same arguments, same bytes. People in <code>-members.csv: --members exactly, in force on 30/06/2022 and described as of
 * that day; <code>-former.csv: gone by then; <code>-later.csv: come since; <code>-events.csv: what happened to all of them
 * in 2021-2024. --since: meetings before that day are left out; they are most of the rows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/record/date.h"
#include "tools/sample/names.h"
#include "tools/sample/assigned.h"
#include "tools/sample/election.h"
#include "tools/sample/oversight.h"
#include "tools/sample/province.h"
#include "tools/sample/roll.h"
#include "tools/sample/tallies.h"
#include "tools/sample/transfers.h"
#include "tools/sample/work.h"

enum { MEMBERS_MAX = 2000000, TALLIES_MAX = 100000, PATH_BYTES_MAX = 4096 };

/* Of a sender, for the manifest. */
enum figure {
    CELL_SECRETARIES,
    CELL_SECRETARIES_TRAINED,
    NON_MEMBER_HEADS,
    PLANNED,
    PLANNED_TRAINED,
    TASKS,
    MEMBERS_EVALUATED,
    MEMBERS_NOT_EVALUATED,
    MEETINGS,
    MEETINGS_HELD,
    SUPERVISIONS,
    VISITS,
    VISITS_LAST_YEAR,
    DIALOGUES_HELD,
    INSPECTIONS_DONE,
    PRIVATE_UNITS,
    PRIVATE_UNITS_WITH_ORGANISATION,
    PILOT_CASES,
    PILOT_ELECTED_FIRST,
    PILOT_RERUNS,
    PILOT_FAILED,
    PILOT_WINNER_MEMBERS,
    PILOT_ON_COMMITTEE,
    PILOT_SECRETARIES,
    FIGURES
};
static const char *const figure_names[FIGURES][2] = {
    [CELL_SECRETARIES] = {"cell_secretaries", "2024-12-31"},
    [CELL_SECRETARIES_TRAINED] = {"cell_secretaries_trained", "2024-12-31"},
    [NON_MEMBER_HEADS] = {"non_member_heads", "2024-12-31"},
    [PLANNED] = {"planned", "2024-12-31"},
    [PLANNED_TRAINED] = {"planned_trained", "2024-12-31"},
    [TASKS] = {"tasks", "2024"},
    [MEMBERS_EVALUATED] = {"members_evaluated", "2024"},
    [MEMBERS_NOT_EVALUATED] = {"members_not_evaluated", "2024"},
    [MEETINGS] = {"meetings", "all"},
    [MEETINGS_HELD] = {"meetings_held", "2024"},
    [SUPERVISIONS] = {"supervisions", "all"},
    [VISITS] = {"visits", "all"},
    [VISITS_LAST_YEAR] = {"visits", "2024"},
    [DIALOGUES_HELD] = {"dialogues_held", "all"},
    [INSPECTIONS_DONE] = {"inspections_done", "all"},
    [PRIVATE_UNITS] = {"private_units", "2024-12-31"},
    [PRIVATE_UNITS_WITH_ORGANISATION] = {"private_units_with_organisation", "2024-12-31"},
    [PILOT_CASES] = {"pilot_cases", "2022"},
    [PILOT_ELECTED_FIRST] = {"pilot_elected_first", "2022"},
    [PILOT_RERUNS] = {"pilot_reruns", "2022"},
    [PILOT_FAILED] = {"pilot_failed", "2022"},
    [PILOT_WINNER_MEMBERS] = {"pilot_winner_members", "2022"},
    [PILOT_ON_COMMITTEE] = {"pilot_on_committee", "2022"},
    [PILOT_SECRETARIES] = {"pilot_secretaries", "2022"},
};

/* The sheets of a sender, what refers to a record after it: written to order.txt for those who import them. */
static const char *const sheet_order[] = {
    "branches",   "members",       "former",    "later",       "events",
    "offices",    "trainings",     "tasks",     "evaluations", "evaluation-cells",
    "meetings",   "supervisions",  "dialogues", "inspections", "competitions",
    "plannings",  "private-units", "elections", "tallies",     "congress-ballots",
    "fulfilments"};

struct options {
    const char *folder;
    uint64_t seed;
    unsigned members;
    int32_t since; /* meetings before it are left out */
    struct faults faults;
    unsigned tallies;          /* only so many tally sheets, ... */
    unsigned faults_per_mille; /* ... so many of them spoiled */
};

static void parse_options(int argc, char **argv, struct options *ret_options);
static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most);
static void share_members(unsigned members, unsigned ret_shares[SAMPLE_SENDERS]);
static void write_order(const char *folder);
static void write_sheets(const struct options *options, struct committee committees[SAMPLE_SENDERS]);
static void write_committee(const struct options *options, struct committee *committee,
                            long ret_figures[FIGURES]);

int main(int argc, char **argv)
{
    struct options options;
    parse_options(argc, argv, &options);
    if (mkdir(options.folder, 0777) != 0 && errno != EEXIST) {
        sample_fail("%s: %s", options.folder, strerror(errno));
    }
    names_load();
    if (options.tallies > 0) {
        tallies_write(options.folder, options.seed, options.tallies, options.faults_per_mille);
        return 0;
    }
    unsigned shares[SAMPLE_SENDERS];
    share_members(options.members, shares);
    uint64_t card_count = 0;
    static struct committee committees[SAMPLE_SENDERS];
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        committee_make(&senders[i], shares[i], options.seed * SAMPLE_SENDERS + i, &card_count,
                       &committees[i]);
    }
    transfers_make(committees, options.seed);
    write_sheets(&options, committees);
    return 0;
}

static void write_order(const char *folder)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof(path), "%s/order.txt", folder);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; file != NULL && i < sizeof(sheet_order) / sizeof(sheet_order[0]); i++) {
        (void)fprintf(file, "%s\n", sheet_order[i]);
    }
    if (file == NULL || fclose(file) != 0) {
        sample_fail("%s: %s", path, strerror(errno));
    }
}

static void write_sheets(const struct options *options, struct committee committees[SAMPLE_SENDERS])
{
    struct manifest manifest;
    long figures[SAMPLE_SENDERS][FIGURES] = {{0}};
    manifest_open(options->folder, &manifest);
    manifest_add_members(&manifest, committees);
    write_order(options->folder);
    province_write_localities(options->folder, committees);
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        roll_write(options->folder, &committees[i], &options->faults);
        write_committee(options, &committees[i], figures[i]);
    }
    for (size_t j = 0; j < FIGURES; j++) {
        long values[SAMPLE_SENDERS];
        for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
            values[i] = figures[i][j];
        }
        manifest_add_all(&manifest, figure_names[j][0], figure_names[j][1], values);
    }
    assigned_write(options->folder, committees, &manifest);
    manifest_close(&manifest);
}

/* Everything but the tree and its people. */
static void write_committee(const struct options *options, struct committee *committee,
                            long ret_figures[FIGURES])
{
    struct offices offices;
    struct pilot_counts pilot;
    struct work_counts work;
    struct oversight_counts oversight;
    struct private_counts private_units;
    offices_draw(committee, &offices);
    pilot_write(options->folder, committee, &offices, &pilot);
    offices_write(options->folder, committee, &offices);
    work_write(options->folder, committee, &offices, &work);
    meetings_write(options->folder, committee, options->since, &ret_figures[MEETINGS],
                   &ret_figures[MEETINGS_HELD]);
    oversight_write(options->folder, committee, &offices, &oversight);
    private_write(options->folder, committee, &private_units);
    offices_count(committee, &offices, &ret_figures[CELL_SECRETARIES], &ret_figures[NON_MEMBER_HEADS]);
    ret_figures[CELL_SECRETARIES_TRAINED] = work.trained_secretaries;
    ret_figures[PLANNED] = work.planned;
    ret_figures[PLANNED_TRAINED] = work.planned_trained;
    ret_figures[TASKS] = work.tasks;
    ret_figures[MEMBERS_EVALUATED] = work.evaluated;
    ret_figures[MEMBERS_NOT_EVALUATED] = work.not_evaluated;
    ret_figures[SUPERVISIONS] = oversight.supervised;
    ret_figures[VISITS] = oversight.visits;
    ret_figures[VISITS_LAST_YEAR] = oversight.visits_last_year;
    ret_figures[DIALOGUES_HELD] = oversight.dialogues_held;
    ret_figures[INSPECTIONS_DONE] = oversight.inspections_done;
    ret_figures[PRIVATE_UNITS] = private_units.units;
    ret_figures[PRIVATE_UNITS_WITH_ORGANISATION] = private_units.with_organisation;
    ret_figures[PILOT_CASES] = pilot.cases;
    ret_figures[PILOT_ELECTED_FIRST] = pilot.elected_first;
    ret_figures[PILOT_RERUNS] = pilot.reruns;
    ret_figures[PILOT_FAILED] = pilot.failed;
    ret_figures[PILOT_WINNER_MEMBERS] = pilot.winner_members;
    ret_figures[PILOT_ON_COMMITTEE] = pilot.on_committee;
    ret_figures[PILOT_SECRETARIES] = pilot.secretaries;
    offices_release(&offices);
}

static void parse_options(int argc, char **argv, struct options *ret_options)
{
    struct options options = {.seed = 1, .members = SAMPLE_MEMBERS, .since = HISTORY_FROM};
    const char *faults = "";
    faults_parse(faults, &options.faults);
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value == NULL) {
            sample_fail("usage: sample --out DIR [--seed N] [--members N] [--since DATE] [--faults SPEC] "
                        "[--tallies N]");
        } else if (strcmp(argv[i], "--out") == 0) {
            options.folder = value;
        } else if (strcmp(argv[i], "--seed") == 0) {
            options.seed = parse_number(argv[i], value, 0, UINT64_MAX);
        } else if (strcmp(argv[i], "--members") == 0) {
            options.members =
                (unsigned)parse_number(argv[i], value, SAMPLE_SENDERS * PLAN_MEMBERS_MIN, MEMBERS_MAX);
        } else if (strcmp(argv[i], "--since") == 0) {
            if (date_parse(bytes_of_text(value), &options.since) != ERR_OK) {
                sample_fail("--since: %s is not a date (yyyy-mm-dd)", value);
            }
        } else if (strcmp(argv[i], "--tallies") == 0) {
            options.tallies = (unsigned)parse_number(argv[i], value, 1, TALLIES_MAX);
        } else if (strcmp(argv[i], "--faults") == 0) {
            faults = value;
        } else {
            sample_fail("unknown option %s", argv[i]);
        }
    }
    if (options.folder == NULL) {
        sample_fail("--out DIR is needed");
    } else if (options.tallies > 0) {
        options.faults_per_mille =
            (unsigned)parse_number("--faults", faults[0] == '\0' ? "0" : faults, 0, 1000);
    } else {
        faults_parse(faults, &options.faults);
    }
    *ret_options = options;
}

static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < least || number > most) {
        sample_fail("%s: %s is not a number from %llu to %llu", option, text, (unsigned long long)least,
                    (unsigned long long)most);
    }
    return number;
}

/* In proportion to the senders' members, none below the least a plan needs; exactly `members` in all. */
static void share_members(unsigned members, unsigned ret_shares[SAMPLE_SENDERS])
{
    unsigned spare = members - SAMPLE_SENDERS * PLAN_MEMBERS_MIN;
    unsigned weight_sum = 0;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        weight_sum += senders[i].members - PLAN_MEMBERS_MIN;
    }
    unsigned rest = spare;
    for (size_t i = 0; i < SAMPLE_SENDERS; i++) {
        unsigned share = (unsigned)((uint64_t)spare * (senders[i].members - PLAN_MEMBERS_MIN) / weight_sum);
        ret_shares[i] = PLAN_MEMBERS_MIN + share;
        rest -= share;
    }
    ret_shares[0] += rest;
}
