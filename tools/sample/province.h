/* Sheets of the province's device: hamlets; and what it assigns: targets and obligations. */
#ifndef TOOLS_SAMPLE_PROVINCE_H
#define TOOLS_SAMPLE_PROVINCE_H

#include "tools/sample/committee.h"

/* province-localities.csv: the hamlets. */
void province_write_localities(const char *folder, const struct committee committees[SAMPLE_SENDERS]);

#endif
