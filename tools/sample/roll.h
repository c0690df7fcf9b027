/* The sheets of one sender: branches, members, former members, and the list of faults put in. */
#ifndef TOOLS_SAMPLE_ROLL_H
#define TOOLS_SAMPLE_ROLL_H

#include "tools/sample/faults.h"

struct roll_order {
    const char *folder;
    const struct sender *sender;
    unsigned members;
    uint64_t seed; /* of this sender */
    const struct faults *faults;
};

/* card_count: card numbers given out so far, over all senders. */
void roll_write(const struct roll_order *order, uint64_t *card_count);

#endif
