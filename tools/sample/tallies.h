/* One big file of tally sheets with mistakes that are written down: sample --tallies N --out DIR [--faults PER_MILLE]. */
#ifndef TOOLS_SAMPLE_TALLIES_H
#define TOOLS_SAMPLE_TALLIES_H

#include "tools/sample/sample.h"

/* Writes province-localities.csv (the hamlets), 524-branches.csv (their cells), 524-tallies.csv (count rows), and
 * 524-tallies.csv.faults.csv: the row as a spreadsheet counts, what was done to it, and the rule that must refuse it. */
void tallies_write(const char *folder, uint64_t seed, unsigned count, unsigned faults_per_mille);

#endif
