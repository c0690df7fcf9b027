/* Supervision with visits, dialogues, inspections, competitions and clubs; private economic units. */
#ifndef TOOLS_SAMPLE_OVERSIGHT_H
#define TOOLS_SAMPLE_OVERSIGHT_H

#include "tools/sample/offices.h"

struct oversight_counts {
    long supervised, visits, visits_last_year, dialogues_held, inspections_done;
};

void oversight_write(const char *folder, const struct committee *committee, const struct offices *offices,
                     struct oversight_counts *ret_counts);

struct private_counts {
    long units, with_organisation; /* active at the end of 2024 */
};

void private_write(const char *folder, const struct committee *committee, struct private_counts *ret_counts);

#endif
