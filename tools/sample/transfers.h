/* Members who move from one sender to another: gone at the one, entered anew at the other under the same file number. */
#ifndef TOOLS_SAMPLE_TRANSFERS_H
#define TOOLS_SAMPLE_TRANSFERS_H

#include "tools/sample/committee.h"

/* After all committees are made. Those who leave near the end of 2024 have not arrived by then. */
void transfers_make(struct committee committees[SAMPLE_SENDERS], uint64_t seed);

#endif
