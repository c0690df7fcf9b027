/* What the province assigns, targets and obligations, and what the senders hand in. */
#ifndef TOOLS_SAMPLE_ASSIGNED_H
#define TOOLS_SAMPLE_ASSIGNED_H

#include "tools/sample/manifest.h"

/* province-targets.csv, province-obligations.csv (with record ids, so that senders can refer to them) and
 * <code>-fulfilments.csv; adds to the manifest what is missing, empty, and differing. */
void assigned_write(const char *folder, const struct committee committees[SAMPLE_SENDERS],
                    struct manifest *manifest);

#endif
