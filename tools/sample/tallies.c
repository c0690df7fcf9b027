/* Tally sheets in bulk. */
#include "tools/sample/tallies.h"

#include <string.h>

#include "tools/sample/sheet.h"
#include "tools/sample/tally.h"

enum {
    SENDER_INDEX = 1, /* Bình Sơn */
    SHEETS_PER_HAMLET = 10,
    CELLS_PER_COMMITTEE = 50,
    CODE_BYTES = 24,
    FIRST_DAY = 18994, /* 02/01/2022, a Sunday */
};

/* What can be done to a sheet. false: not to this one. Each breaks the rule of its line, and where figures hang together
 * perhaps another. */
static bool spoil_ballots(struct tally *tally);
static bool spoil_collected(struct tally *tally);
static bool spoil_votes_sum(struct tally *tally);
static bool spoil_denominator(struct tally *tally);
static bool spoil_winners(struct tally *tally);
static bool spoil_cluster(struct tally *tally);
static bool spoil_cluster_vote(struct tally *tally);
static bool spoil_mode(struct tally *tally);
static bool spoil_board(struct tally *tally);
static bool spoil_absent(struct tally *tally);
static const struct {
    const char *fault, *rule;
    bool (*spoil)(struct tally *tally);
} faults[] = {{"wrong_sum", "tally.ballots", spoil_ballots},
              {"more_collected", "tally.collected", spoil_collected},
              {"more_votes", "tally.votes_sum", spoil_votes_sum},
              {"wrong_denominator", "tally.elected", spoil_denominator},
              {"two_winners", "tally.two_winners", spoil_winners},
              {"cluster_sum", "tally.cluster_sum", spoil_cluster},
              {"cluster_votes", "tally.cluster_vote_sum", spoil_cluster_vote},
              {"carried_hands", "tally.mode_method", spoil_mode},
              {"candidate_counts", "tally.official_is_candidate", spoil_board},
              {"absent", "tally.absent", spoil_absent}};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static void write_places(const char *folder, unsigned hamlets);
static void write_branches(const char *folder, unsigned hamlets);
static void draw_tally(struct prng *prng, unsigned index, unsigned hamlets, char branch[CODE_BYTES],
                       char locality[CODE_BYTES], struct tally *tally);
static const char *commune_of(unsigned hamlet);
static void hamlet_code(unsigned hamlet, char ret_code[CODE_BYTES]);
static void cell_code(unsigned hamlet, char ret_code[CODE_BYTES]);
static bool is_method(const struct tally *tally, const char *method);

void tallies_write(const char *folder, uint64_t seed, unsigned count, unsigned faults_per_mille)
{
    static const char *const headers[] = {"row", "fault", "rule"};
    unsigned hamlets = (count + SHEETS_PER_HAMLET - 1) / SHEETS_PER_HAMLET;
    struct prng prng;
    struct table table;
    struct sheet written;
    prng_init(&prng, seed);
    write_places(folder, hamlets);
    write_branches(folder, hamlets);
    tally_open(&table, folder, &senders[SENDER_INDEX], "tallies");
    sheet_open(&written, folder, "524-tallies.csv.faults.csv", (struct sheet_format){.delimiter = ','},
               headers, 3);
    for (unsigned i = 0; i < count; i++) {
        static struct tally tally;
        static struct sheet_row row;
        char branch[CODE_BYTES];
        char locality[CODE_BYTES];
        draw_tally(&prng, i, hamlets, branch, locality, &tally);
        if (chance(&prng, faults_per_mille)) {
            size_t fault = (size_t)prng_below(&prng, FAULTS);
            while (!faults[fault].spoil(&tally)) {
                fault = (fault + 1) % FAULTS; /* the last ones can be done to any */
            }
            (void)snprintf(row.cells[0], SAMPLE_TEXT_BYTES, "%u", i + 2);
            (void)snprintf(row.cells[1], SAMPLE_TEXT_BYTES, "%s", faults[fault].fault);
            (void)snprintf(row.cells[2], SAMPLE_TEXT_BYTES, "%s", faults[fault].rule);
            sheet_write(&written, &row);
        }
        tally_write(&table, &tally);
    }
    sheet_close(&written);
    table_close(&table);
}

static void write_places(const char *folder, unsigned hamlets)
{
    struct table table;
    table_open(&table, folder, "province-localities", KIND_LOCALITY,
               "code_list code name kind valid_from parent");
    for (unsigned i = 0; i < hamlets; i++) {
        char code[CODE_BYTES];
        hamlet_code(i, code);
        table_text(&table, "hamlet-sample");
        table_text(&table, code);
        table_format(&table, "Thôn số %u", i + 1);
        table_code(&table, "hamlet");
        table_date(&table, day_of(2019, 6, 1));
        table_text(&table, commune_of(i));
        table_end(&table);
    }
    table_close(&table);
}

static void write_branches(const char *folder, unsigned hamlets)
{
    struct table table;
    table_open_of(&table, folder, &senders[SENDER_INDEX], "branches", KIND_BRANCH,
                  "code name kind unit_type parent locality");
    for (unsigned i = 0; i < hamlets; i++) {
        char code[CODE_BYTES];
        unsigned committee = i / CELLS_PER_COMMITTEE;
        if (i % CELLS_PER_COMMITTEE == 0) {
            table_format(&table, "524.T%02u", committee);
            table_format(&table, "Đảng bộ xã số %u", committee + 1);
            table_code(&table, "grassroots_committee");
            table_code(&table, "commune");
            table_text(&table, "524");
            table_end(&table);
        }
        cell_code(i, code);
        table_text(&table, code);
        table_format(&table, "Chi bộ thôn số %u", i + 1);
        table_code(&table, "cell");
        table_code(&table, "commune");
        table_format(&table, "524.T%02u", committee);
        hamlet_code(i, code);
        table_text(&table, code);
        table_end(&table);
    }
    table_close(&table);
}

/* The hamlets in turn, a week later every time round. */
static void draw_tally(struct prng *prng, unsigned index, unsigned hamlets, char branch[CODE_BYTES],
                       char locality[CODE_BYTES], struct tally *tally)
{
    unsigned hamlet = index % hamlets;
    hamlet_code(hamlet, locality);
    cell_code(hamlet, branch);
    *tally = (struct tally){.branch = branch,
                            .locality = locality,
                            .date = FIRST_DAY + 7 * (int32_t)(index / hamlets),
                            .round = 1,
                            .electors = pick(prng, 80, 480),
                            .number = index + 1};
    unsigned candidates = chance(prng, 200) ? 1 : chance(prng, 200) ? 3 : 2;
    for (unsigned i = 0; i < candidates; i++) {
        char name[SAMPLE_TEXT_BYTES];
        tally_draw_name(prng, tally, name);
        memcpy(tally->candidates[i].name, name, sizeof(name));
        tally->candidate_count++;
    }
    tally_draw(prng, !chance(prng, 60), tally);
}

static bool spoil_ballots(struct tally *tally)
{
    if (!is_method(tally, "secret_choice") || tally->cluster_count > 0) {
        return false;
    }
    tally->valid++;
    return true;
}

static bool spoil_collected(struct tally *tally)
{
    if (!is_method(tally, "secret_choice") || tally->cluster_count > 0) {
        return false;
    }
    tally->valid += tally->issued + 2 - tally->collected;
    tally->collected = tally->issued + 2;
    return true;
}

static bool spoil_votes_sum(struct tally *tally)
{
    bool may = is_method(tally, "secret_choice") && tally->cluster_count == 0 && tally->winner == 0;
    unsigned votes = may ? tally->valid - tally->candidates[0].votes + 1 : 0;
    if (!may || 2 * votes > tally->electors) {
        return false;
    }
    tally->candidates[1].votes = votes;
    return true;
}

/* Elected by more than half of the valid ballots, which are not half of the hamlet. */
static bool spoil_denominator(struct tally *tally)
{
    if (!is_method(tally, "secret_choice") || tally->cluster_count > 0) {
        return false;
    }
    struct tally_candidate *candidates = tally->candidates;
    candidates[0].votes = tally->electors / 2;
    candidates[0].is_elected = true;
    tally->is_outcome_elected = true;
    for (size_t i = 1; i < tally->candidate_count; i++) {
        candidates[i].votes = i == 1 ? (tally->valid - candidates[0].votes) / 2 : 0;
    }
    return true;
}

static bool spoil_winners(struct tally *tally)
{
    if (!is_method(tally, "secret_choice") || tally->cluster_count > 0) {
        return false;
    }
    tally->method = "secret_approval";
    for (size_t i = 0; i < tally->candidate_count; i++) {
        struct tally_candidate *candidate = &tally->candidates[i];
        candidate->votes = i < 2 ? tally->electors / 2 + 1 : 0;
        candidate->against = tally->valid - candidate->votes;
        candidate->abstain = 0;
    }
    return true;
}

static bool spoil_cluster(struct tally *tally)
{
    if (tally->cluster_count == 0) {
        return false;
    }
    tally->clusters[0].electors++;
    return true;
}

static bool spoil_cluster_vote(struct tally *tally)
{
    if (tally->cluster_count == 0) {
        return false;
    }
    tally->clusters[0].votes[0]++;
    return true;
}

static bool spoil_mode(struct tally *tally)
{
    if (!is_method(tally, "show_of_hands") || tally->cluster_count > 0) {
        return false;
    }
    tally->mode = "carried";
    return true;
}

static bool spoil_board(struct tally *tally)
{
    memcpy(tally->officials[0].name, tally->candidates[0].name, sizeof(tally->officials[0].name));
    return true;
}

static bool spoil_absent(struct tally *tally)
{
    tally->absent_more = 1;
    return true;
}

static const char *commune_of(unsigned hamlet)
{
    static const char *const communes[] = {"21040", "21043", "21046", "21049", "21052",
                                           "21055", "21058", "21061", "21064", "21067",
                                           "21070", "21073", "21079", "21082", "21085"};
    return communes[hamlet / CELLS_PER_COMMITTEE % (sizeof(communes) / sizeof(communes[0]))];
}

static void hamlet_code(unsigned hamlet, char ret_code[CODE_BYTES])
{
    (void)snprintf(ret_code, CODE_BYTES, "T%06u", hamlet + 1);
}

static void cell_code(unsigned hamlet, char ret_code[CODE_BYTES])
{
    (void)snprintf(ret_code, CODE_BYTES, "524.T%02u.%02u", hamlet / CELLS_PER_COMMITTEE,
                   hamlet % CELLS_PER_COMMITTEE + 1);
}

static bool is_method(const struct tally *tally, const char *method)
{
    return strcmp(tally->method, method) == 0;
}
