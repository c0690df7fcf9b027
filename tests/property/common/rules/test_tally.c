/* Random tally sheets: those made to add up pass, and whatever single figure of them is changed, a rule tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/base/random.h"
#include "common/rules/rules.h"
#include "common/rules/tally.h"
#include "proto/records.pb-c.h"
#include "tests/lib/record_text.h"
#include "tests/lib/seed.h"

enum {
    SHEETS = 4000,
    TODAY = 20400, /* 08/11/2025 */
    FIRST_DAY = 18900,
    CLUSTERS_MAX = 4,
    CANDIDATES_MAX = 3,
    FIGURES_MAX = 128,
};

/* The figures of one sheet, found in its message, so that any of them can be changed. */
struct figures {
    uint32_t *at[FIGURES_MAX];
    size_t count;
};

static uint32_t below(struct prng *prng, uint32_t limit)
{
    return limit == 0 ? 0 : (uint32_t)prng_below(prng, limit);
}

static void set_number(void *message, struct arena *arena, const char *path, uint32_t number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", number);
    record_set_text(schema_of(KIND_TALLY), arena, message, path, text);
}

static void set_element(void *message, struct arena *arena, const char *list, unsigned element,
                        const char *item, uint32_t number)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s.%u.%s", list, element, item);
    set_number(message, arena, path, number);
}

static void set_name(void *message, struct arena *arena, const char *list, unsigned element, const char *role)
{
    static const char *const letters[] = {"An", "Bình", "Chín", "Dung", "Em", "Giang", "Hà"};
    char path[64];
    char name[64];
    (void)snprintf(path, sizeof path, "%s.%u.name", list, element);
    (void)snprintf(name, sizeof name, "%s %s", list, letters[element - 1]);
    record_set_text(schema_of(KIND_TALLY), arena, message, path, name);
    if (role != NULL) {
        (void)snprintf(path, sizeof path, "%s.%u.role", list, element);
        record_set_text(schema_of(KIND_TALLY), arena, message, path, role);
    }
}

/* Everybody's votes for, against and blank are all the valid ballots; returns how many win. */
static size_t set_candidates(void *sheet, struct arena *arena, struct prng *prng, const uint32_t *votes,
                             unsigned candidates, const uint32_t *totals)
{
    size_t winners = 0;
    for (unsigned i = 0; i < candidates; i++) {
        bool is_winner = 2 * (uint64_t)votes[i] > totals[0];
        uint32_t rest = totals[4] - votes[i];
        uint32_t against = below(prng, rest + 1);
        winners += is_winner;
        set_name(sheet, arena, "candidate", i + 1, NULL);
        set_element(sheet, arena, "candidate", i + 1, "votes", votes[i]);
        set_element(sheet, arena, "candidate", i + 1, "against", against);
        set_element(sheet, arena, "candidate", i + 1, "abstain", rest - against);
        set_element(sheet, arena, "candidate", i + 1, "is_elected", is_winner);
    }
    return winners;
}

/* Cluster by cluster, then the hamlet as their sum: every ballot returns, everybody's votes are all of the valid ballots. */
static Dantin__Tally *draw_sheet(struct prng *prng, struct arena *arena)
{
    static const char *const fixed[][2] = {{"branch", "b"},         {"locality", "l"},
                                           {"round", "1"},          {"electorate", "households"},
                                           {"minutes_number", "1"}, {NULL, NULL}};
    static const char *const roles[] = {"board_head", "board_member", "board_member", "witness", "witness"};
    void *sheet = record_from_texts(schema_of(KIND_TALLY), arena, fixed);
    Dantin__Tally *tally = sheet;
    bool is_by_hands = below(prng, 3) == 0;
    bool is_clustered = below(prng, 2) == 0;
    unsigned clusters = 1 + (is_clustered ? below(prng, CLUSTERS_MAX) : 0);
    unsigned candidates = 1 + below(prng, CANDIDATES_MAX);
    uint32_t totals[6] = {0};
    uint32_t votes[CANDIDATES_MAX] = {0};
    unsigned line = 0;
    for (unsigned i = 0; i < clusters; i++) {
        uint32_t attending = 20 + below(prng, 100);
        uint32_t electors = attending + below(prng, 19);
        uint32_t invalid = is_by_hands ? 0 : below(prng, 5);
        uint32_t figures[] = {electors, attending, attending, attending, attending - invalid, invalid};
        static const char *const names[] = {"electors",  "attending", "issued",
                                            "collected", "valid",     "invalid"};
        uint32_t left = figures[4];
        for (unsigned j = 0; j < 6; j++) {
            totals[j] += figures[j];
            if (is_clustered && !(is_by_hands && j >= 2)) {
                set_element(sheet, arena, "cluster", i + 1, names[j], figures[j]);
            }
        }
        if (is_clustered) {
            set_name(sheet, arena, "cluster", i + 1, NULL);
        }
        for (unsigned j = 0; j < candidates; j++) {
            uint32_t given = below(prng, left + 1);
            left -= given;
            votes[j] += given;
            if (is_clustered) {
                line++;
                set_element(sheet, arena, "cluster_vote", line, "cluster", i + 1);
                set_element(sheet, arena, "cluster_vote", line, "candidate", j + 1);
                set_element(sheet, arena, "cluster_vote", line, "votes", given);
            }
        }
    }
    record_set_text(schema_of(KIND_TALLY), arena, sheet, "mode", is_clustered ? "clusters" : "meeting");
    record_set_text(schema_of(KIND_TALLY), arena, sheet, "method",
                    is_by_hands ? "show_of_hands" : "secret_approval");
    set_number(sheet, arena, "electors", totals[0]);
    set_number(sheet, arena, "attending", totals[1]);
    set_number(sheet, arena, "absent", totals[0] - totals[1]);
    if (!is_by_hands) {
        set_number(sheet, arena, "issued", totals[2]);
        set_number(sheet, arena, "collected", totals[3]);
        set_number(sheet, arena, "valid", totals[4]);
        set_number(sheet, arena, "invalid", totals[5]);
    }
    size_t winners = set_candidates(sheet, arena, prng, votes, candidates, totals);
    for (unsigned i = 0; i < 5; i++) {
        set_name(sheet, arena, "official", i + 1, roles[i]);
    }
    record_set_text(schema_of(KIND_TALLY), arena, sheet, "outcome", winners == 1 ? "elected" : "none");
    tally->has_date = 1;
    tally->date = FIRST_DAY + (int32_t)below(prng, TODAY - FIRST_DAY);
    return tally;
}

static void add_figure(struct figures *figures, protobuf_c_boolean is_stated, uint32_t *figure)
{
    if (is_stated) {
        assert_true(figures->count < FIGURES_MAX);
        figures->at[figures->count++] = figure;
    }
}

static struct figures find_figures(Dantin__Tally *tally)
{
    struct figures found = {.count = 0};
    add_figure(&found, tally->has_electors, &tally->electors);
    add_figure(&found, tally->has_attending, &tally->attending);
    add_figure(&found, tally->has_absent, &tally->absent);
    add_figure(&found, tally->has_issued, &tally->issued);
    add_figure(&found, tally->has_collected, &tally->collected);
    add_figure(&found, tally->has_valid, &tally->valid);
    add_figure(&found, tally->has_invalid, &tally->invalid);
    for (size_t i = 0; i < tally->n_candidate; i++) {
        Dantin__TallyCandidate *candidate = tally->candidate[i];
        add_figure(&found, candidate->has_votes, &candidate->votes);
        add_figure(&found, candidate->has_against, &candidate->against);
        add_figure(&found, candidate->has_abstain, &candidate->abstain);
    }
    for (size_t i = 0; i < tally->n_cluster; i++) {
        Dantin__TallyCluster *cluster = tally->cluster[i];
        add_figure(&found, cluster->has_electors, &cluster->electors);
        add_figure(&found, cluster->has_attending, &cluster->attending);
        add_figure(&found, cluster->has_issued, &cluster->issued);
        add_figure(&found, cluster->has_collected, &cluster->collected);
        add_figure(&found, cluster->has_valid, &cluster->valid);
        add_figure(&found, cluster->has_invalid, &cluster->invalid);
    }
    for (size_t i = 0; i < tally->n_cluster_vote; i++) {
        Dantin__TallyClusterVote *vote = tally->cluster_vote[i];
        add_figure(&found, vote->has_cluster, &vote->cluster);
        add_figure(&found, vote->has_candidate, &vote->candidate);
        add_figure(&found, vote->has_votes, &vote->votes);
    }
    return found;
}

static size_t errors_of(const Dantin__Tally *tally, const char **ret_first)
{
    struct rule_finding findings[RULE_FINDINGS_MAX];
    struct rule_context context = {.schema = schema_of(KIND_TALLY), .message = tally, .today = TODAY};
    size_t count = rules_check(&context, findings);
    size_t errors = 0;
    *ret_first = "nothing";
    for (size_t i = 0; i < count; i++) {
        if (findings[i].severity == RULE_ERROR) {
            *ret_first = errors++ == 0 ? findings[i].rule->id : *ret_first;
        }
    }
    return errors;
}

/* The property itself. A changed cluster or candidate number breaks a pair, any other figure a sum. */
static void tally_rules__one_figure_changed__an_error(void **state)
{
    (void)state;
    uint64_t seed = seed_of_test();
    struct prng prng;
    size_t changed = 0;
    prng_init(&prng, seed);
    for (unsigned i = 0; i < SHEETS; i++) {
        struct arena arena;
        const char *first = NULL;
        arena_init(&arena, 1 << 20);
        Dantin__Tally *tally = draw_sheet(&prng, &arena);
        if (errors_of(tally, &first) != 0) {
            fail_msg("sheet %u adds up, yet %s (seed %llu)", i, first, (unsigned long long)seed);
        }
        struct figures figures = find_figures(tally);
        for (size_t j = 0; j < figures.count; j++) {
            uint32_t before = *figures.at[j];
            uint32_t step = 1 + below(&prng, 3);
            *figures.at[j] = before >= step && below(&prng, 2) == 0 ? before - step : before + step;
            changed++;
            if (errors_of(tally, &first) == 0) {
                fail_msg("sheet %u: figure %zu from %u to %u unseen (seed %llu)", i, j, before,
                         *figures.at[j], (unsigned long long)seed);
            }
            *figures.at[j] = before;
        }
        arena_release(&arena);
    }
    print_message("%u sheets, %zu changes\n", SHEETS, changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tally_rules__one_figure_changed__an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
