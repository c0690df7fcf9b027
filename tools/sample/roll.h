/* The sheets of one sender about its tree and people: branches, members, former members, later ones, events, and the list
 * of faults put in. */
#ifndef TOOLS_SAMPLE_ROLL_H
#define TOOLS_SAMPLE_ROLL_H

#include "tools/sample/committee.h"
#include "tools/sample/faults.h"

void roll_write(const char *folder, const struct committee *committee, const struct faults *faults);

#endif
