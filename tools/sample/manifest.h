/* What consolidated figures must come to, counted from what was drawn, not from the sheets: manifest.csv with the columns
 * measure, unit, period, value. unit: a sender's code, or 51 for the province. */
#ifndef TOOLS_SAMPLE_MANIFEST_H
#define TOOLS_SAMPLE_MANIFEST_H

#include <stdio.h>

#include "tools/sample/committee.h"

struct manifest {
    FILE *file;
};

void manifest_open(const char *folder, struct manifest *manifest);
void manifest_add(struct manifest *manifest, const char *measure, const char *unit, const char *period,
                  long value);
/* A value per sender, and their sum for the province. */
void manifest_add_all(struct manifest *manifest, const char *measure, const char *period,
                      const long values[SAMPLE_SENDERS]);
/* Members in force, official ones, admissions, ends and moves of every sender and of all. */
void manifest_add_members(struct manifest *manifest, const struct committee committees[SAMPLE_SENDERS]);
void manifest_close(struct manifest *manifest);

#endif
