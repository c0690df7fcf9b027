/* What a record implies of itself, so that nobody types it twice. Rank 3. Pure. To be called before rules_check wherever
 * a record is made: while importing, and for a record put by hand. */
#ifndef COMMON_RULES_DERIVE_H
#define COMMON_RULES_DERIVE_H

#include "common/record/schema.h"

/* Write into the message what follows from it (member: life_fold; others nothing). Doing it twice changes nothing.
 * ERR_TOO_BIG: the arena's cap, or a list grown past SCHEMA_LIST_ELEMENTS_MAX. */
MUST_CHECK enum err record_derive(const struct kind_schema *schema, void *message, struct arena *arena);

#endif
