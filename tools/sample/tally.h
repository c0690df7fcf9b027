/* Tally sheets of hamlet-head elections, drawn so that every figure fits. */
#ifndef TOOLS_SAMPLE_TALLY_H
#define TOOLS_SAMPLE_TALLY_H

#include "tools/sample/table.h"

enum { TALLY_CANDIDATES_MAX = 3, TALLY_CLUSTERS_MAX = 4, TALLY_OFFICIALS_MAX = 7, TALLY_NO_WINNER = -1 };

struct tally_candidate {
    char name[SAMPLE_TEXT_BYTES];
    unsigned votes, against, abstain;
    bool is_elected;
};

struct tally_cluster {
    unsigned electors, attending, issued, collected, valid, invalid;
    unsigned votes[TALLY_CANDIDATES_MAX];
};

struct tally_official {
    char name[SAMPLE_TEXT_BYTES];
    const char *role;
};

struct tally {
    const char *branch, *locality; /* codes */
    char election[64];             /* "" = none */
    int32_t date;
    unsigned round;
    const char *mode, *method;
    unsigned electors, attending, issued, collected, valid, invalid;
    struct tally_candidate candidates[TALLY_CANDIDATES_MAX];
    size_t candidate_count;
    int winner; /* TALLY_NO_WINNER */
    bool is_outcome_elected;
    struct tally_official officials[TALLY_OFFICIALS_MAX];
    size_t official_count;
    struct tally_cluster clusters[TALLY_CLUSTERS_MAX];
    size_t cluster_count;
    unsigned number;      /* of the minutes */
    unsigned absent_more; /* than there are: a mistake on demand */
};

void tally_open(struct table *table, const char *folder, const struct sender *sender, const char *name);
/* Draw mode, method, ballots and officials. Given: branch, locality, election, date, round, electors, number, and the names
 * of the candidates (a single one is unopposed); has_winner: the first wins, else nobody has more than half. */
void tally_draw(struct prng *prng, bool has_winner, struct tally *tally);
void tally_write(struct table *table, const struct tally *tally);
/* A name that no candidate bears, nor anybody alike. */
void tally_draw_name(struct prng *prng, const struct tally *tally, char ret_name[SAMPLE_TEXT_BYTES]);

#endif
