/* Ballots of a cell's congress: committee, secretary, deputy. */
#ifndef TOOLS_SAMPLE_CONGRESS_H
#define TOOLS_SAMPLE_CONGRESS_H

#include "tools/sample/offices.h"
#include "tools/sample/table.h"

enum { CONGRESS_CANDIDATES_MAX = 8 };

struct congress {
    int cell;
    char election[64];
    int32_t date;
    unsigned official; /* members of the cell */
    unsigned exempt_absent, absent_excused;
    unsigned number; /* of the minutes */
};

/* Of one ballot. */
struct congress_list {
    const char *ballot;
    unsigned round, seats;
    int members[CONGRESS_CANDIDATES_MAX]; /* indexes of people; the first `seats` of them are elected ... */
    size_t count;
    bool is_failed; /* ... but for this: nobody is */
    bool are_on_committee;
};

void congress_open(struct table *table, const char *folder, const struct sender *sender);
void congress_draw(struct prng *prng, unsigned official, struct congress *congress);
void congress_write(struct table *table, struct prng *prng, const struct committee *committee,
                    const struct congress *congress, const struct congress_list *list);

#endif
