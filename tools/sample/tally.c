/* Tally sheets: turnout first, then ballots, votes, clusters. */
#include "tools/sample/tally.h"

#include <string.h>

#include "tools/sample/names.h"

enum {
    CLUSTER_HOUSEHOLDS_MIN = 200, /* larger hamlets meet by cluster, some of them */
    CLUSTER_ELECTORS_MIN = 30,
    ATTENDING_PER_CENT_MIN = 76,
};

static void draw_form(struct prng *prng, struct tally *tally);
static void draw_votes(struct prng *prng, bool has_winner, struct tally *tally);
static void draw_choice(struct prng *prng, bool has_winner, struct tally *tally);
static void draw_clusters(struct prng *prng, struct tally *tally);
static void split_votes(struct tally *tally);
static void draw_officials(struct prng *prng, struct tally *tally);
static void write_lists(struct table *table, const struct tally *tally);
static void write_ballots(struct table *table, const struct tally *tally);
static bool is_by_hands(const struct tally *tally);

void tally_open(struct table *table, const char *folder, const struct sender *sender, const char *name)
{
    table_open_of(
        table, folder, sender, name, KIND_TALLY,
        "branch locality election date round electorate mode method electors attending absent "
        "households_without_representative issued collected valid invalid unreturned_reason outcome "
        "minutes_number minutes_date candidate*3{name,votes,against,abstain,is_elected} "
        "official*7{name,role} cluster*4{name,electors,attending,issued,collected,valid,invalid} "
        "cluster_vote*12{cluster,candidate,votes}");
}

void tally_draw(struct prng *prng, bool has_winner, struct tally *tally)
{
    draw_form(prng, tally);
    unsigned per_cent = chance(prng, 240) ? 100 : pick(prng, ATTENDING_PER_CENT_MIN, 99);
    tally->attending = tally->electors * per_cent / 100;
    tally->issued = tally->attending;
    tally->collected = tally->issued - (chance(prng, 80) ? pick(prng, 1, 3) : 0);
    tally->invalid = tally->collected * pick(prng, 0, 3) / 100;
    tally->valid = tally->collected - tally->invalid;
    draw_votes(prng, has_winner, tally);
    tally->winner = has_winner ? 0 : TALLY_NO_WINNER;
    tally->candidates[0].is_elected = has_winner;
    tally->is_outcome_elected = has_winner;
    if (strcmp(tally->mode, "clusters") == 0) {
        draw_clusters(prng, tally);
    }
    draw_officials(prng, tally);
}

void tally_write(struct table *table, const struct tally *tally)
{
    table_text(table, tally->branch);
    table_text(table, tally->locality);
    table_text(table, tally->election);
    table_date(table, tally->date);
    table_number(table, (long)tally->round);
    table_code(table, "households");
    table_code(table, tally->mode);
    table_code(table, tally->method);
    table_number(table, (long)tally->electors);
    table_number(table, (long)tally->attending);
    table_number(table, (long)tally->electors - (long)tally->attending + (long)tally->absent_more);
    table_number(table, 0);
    write_ballots(table, tally);
    table_code(table, tally->is_outcome_elected ? "elected" : "none");
    table_format(table, "%u/BB", tally->number);
    table_date(table, tally->date);
    write_lists(table, tally);
    table_end(table);
}

void tally_draw_name(struct prng *prng, const struct tally *tally, char ret_name[SAMPLE_TEXT_BYTES])
{
    for (;;) {
        bool is_free = true;
        names_draw(prng, chance(prng, 400), NULL, ret_name);
        for (size_t i = 0; i < tally->candidate_count; i++) {
            is_free = is_free && tally->candidates[i].name[0] != ret_name[0];
        }
        for (size_t i = 0; i < tally->official_count; i++) {
            is_free = is_free && strcmp(tally->officials[i].name, ret_name) != 0;
        }
        if (is_free) {
            return;
        }
    }
}

static void draw_form(struct prng *prng, struct tally *tally)
{
    unsigned drawn = pick(prng, 0, 99);
    tally->method = tally->candidate_count == 1 ? "secret_approval" : "secret_choice";
    tally->mode = drawn < 12 ? "carried" : drawn < 30 ? "polling_day" : "meeting";
    bool may_meet_by_cluster =
        strcmp(tally->mode, "meeting") == 0 && tally->electors > CLUSTER_HOUSEHOLDS_MIN;
    if (may_meet_by_cluster && chance(prng, 600)) {
        tally->mode = "clusters";
    }
    bool is_meeting = strcmp(tally->mode, "meeting") == 0 || strcmp(tally->mode, "clusters") == 0;
    if (is_meeting && chance(prng, 90)) {
        tally->method = "show_of_hands";
    }
}

static void draw_votes(struct prng *prng, bool has_winner, struct tally *tally)
{
    unsigned half = tally->electors / 2;
    unsigned cast = is_by_hands(tally) ? tally->attending : tally->valid;
    if (strcmp(tally->method, "secret_choice") == 0) {
        draw_choice(prng, has_winner, tally);
        return;
    }
    unsigned first =
        has_winner ? pick(prng, half + 1 + (cast - half - 1) / 3, cast) : pick(prng, half / 2, half);
    for (size_t i = 0; i < tally->candidate_count; i++) {
        struct tally_candidate *candidate = &tally->candidates[i];
        unsigned most = cast - first < half ? cast - first : half;
        candidate->votes = i == 0 ? first : most / (unsigned)i;
        unsigned rest = cast - candidate->votes;
        candidate->abstain = rest * pick(prng, 0, 30) / 100;
        candidate->against = rest - candidate->abstain;
    }
}

/* One choice per ballot; what is left over is blank. */
static void draw_choice(struct prng *prng, bool has_winner, struct tally *tally)
{
    unsigned half = tally->electors / 2;
    unsigned left = tally->valid;
    struct tally_candidate *candidates = tally->candidates;
    if (has_winner) {
        candidates[0].votes = pick(prng, half + 1 + (left - half - 1) / 3, left);
    } else if (chance(prng, 150) && tally->candidate_count > 1) {
        candidates[0].votes = candidates[1].votes = left / 2; /* a tie at the top */
        return;
    } else {
        candidates[0].votes = pick(prng, left * 46 / 100, left / 2);
    }
    left -= candidates[0].votes;
    for (size_t i = 1; i < tally->candidate_count; i++) {
        unsigned most = left < half ? left : half;
        bool is_last = i + 1 == tally->candidate_count;
        candidates[i].votes =
            is_last ? most - most * pick(prng, 0, 3) / 100 : most * pick(prng, 60, 100) / 100;
        left -= candidates[i].votes;
    }
}

static void draw_clusters(struct prng *prng, struct tally *tally)
{
    unsigned electors[TALLY_CLUSTERS_MAX];
    tally->cluster_count = pick(prng, 2, TALLY_CLUSTERS_MAX);
    split_random(prng, tally->electors, tally->cluster_count, CLUSTER_ELECTORS_MIN, electors);
    unsigned absent_left = tally->electors - tally->attending;
    for (size_t i = 0; i < tally->cluster_count; i++) {
        struct tally_cluster *cluster = &tally->clusters[i];
        unsigned share = (tally->electors - tally->attending) * electors[i] / tally->electors;
        cluster->electors = electors[i];
        cluster->attending = electors[i] - share;
        absent_left -= share;
    }
    for (size_t i = 0; absent_left > 0; i = (i + 1) % tally->cluster_count) {
        if (tally->clusters[i].attending > 0) {
            tally->clusters[i].attending--;
            absent_left--;
        }
    }
    unsigned unreturned = tally->issued - tally->collected;
    unsigned invalid = tally->invalid;
    for (size_t i = 0; i < tally->cluster_count; i++) {
        struct tally_cluster *cluster = &tally->clusters[i];
        cluster->issued = cluster->attending;
        unsigned kept = unreturned < cluster->issued ? unreturned : cluster->issued;
        cluster->collected = cluster->issued - kept;
        unreturned -= kept;
        cluster->invalid = invalid < cluster->collected ? invalid : cluster->collected;
        cluster->valid = cluster->collected - cluster->invalid;
        invalid -= cluster->invalid;
    }
    split_votes(tally);
}

/* In proportion to those attending; what rounding leaves goes to the last. */
static void split_votes(struct tally *tally)
{
    for (size_t j = 0; j < tally->candidate_count; j++) {
        unsigned left = tally->candidates[j].votes;
        for (size_t i = 0; i < tally->cluster_count; i++) {
            struct tally_cluster *cluster = &tally->clusters[i];
            unsigned share = tally->candidates[j].votes * cluster->attending / tally->attending;
            cluster->votes[j] = i + 1 == tally->cluster_count ? left : share;
            left -= cluster->votes[j];
        }
    }
}

static void draw_officials(struct prng *prng, struct tally *tally)
{
    size_t members = pick(prng, 2, 4);
    tally->official_count = 0;
    for (size_t i = 0; i < 1 + members + 2; i++) {
        struct tally_official *official = &tally->officials[i];
        tally_draw_name(prng, tally, official->name);
        official->role = i == 0 ? "board_head" : i <= members ? "board_member" : "witness";
        tally->official_count++;
    }
}

static void write_ballots(struct table *table, const struct tally *tally)
{
    if (is_by_hands(tally)) {
        table_blank(table, 5);
        return;
    }
    table_number(table, (long)tally->issued);
    table_number(table, (long)tally->collected);
    table_number(table, (long)tally->valid);
    table_number(table, (long)tally->invalid);
    table_text(table, tally->collected < tally->issued ? "Cử tri ra về, không nộp lại phiếu" : "");
}

static void write_lists(struct table *table, const struct tally *tally)
{
    for (size_t i = 0; i < TALLY_CANDIDATES_MAX; i++) {
        const struct tally_candidate *candidate = &tally->candidates[i];
        if (i >= tally->candidate_count) {
            table_blank(table, 5);
            continue;
        }
        table_text(table, candidate->name);
        table_number(table, (long)candidate->votes);
        if (strcmp(tally->method, "secret_choice") == 0) {
            table_blank(table, 2);
        } else {
            table_number(table, (long)candidate->against);
            table_number(table, (long)candidate->abstain);
        }
        table_text(table, candidate->is_elected ? "có" : "không");
    }
    for (size_t i = 0; i < TALLY_OFFICIALS_MAX; i++) {
        table_text(table, i < tally->official_count ? tally->officials[i].name : "");
        table_code(table, i < tally->official_count ? tally->officials[i].role : NULL);
    }
    for (size_t i = 0; i < TALLY_CLUSTERS_MAX; i++) {
        const struct tally_cluster *cluster = &tally->clusters[i];
        if (i >= tally->cluster_count) {
            table_blank(table, 7);
            continue;
        }
        table_format(table, "Cụm %zu", i + 1);
        table_number(table, (long)cluster->electors);
        table_number(table, (long)cluster->attending);
        if (is_by_hands(tally)) {
            table_blank(table, 4);
            continue;
        }
        table_number(table, (long)cluster->issued);
        table_number(table, (long)cluster->collected);
        table_number(table, (long)cluster->valid);
        table_number(table, (long)cluster->invalid);
    }
    for (size_t i = 0; i < tally->cluster_count; i++) {
        for (size_t j = 0; j < tally->candidate_count; j++) {
            table_number(table, (long)i + 1);
            table_number(table, (long)j + 1);
            table_number(table, (long)tally->clusters[i].votes[j]);
        }
    }
}

static bool is_by_hands(const struct tally *tally)
{
    return strcmp(tally->method, "show_of_hands") == 0;
}
