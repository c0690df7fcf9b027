/* What stays of a record when the person it is about is forgotten. Rank 2. Pure.
 *
 * Blanked: every field and item flagged IDENTIFYING or SEALED; of a date so flagged the year stays (its first day), since ages
 * are counted; texts without a code list, which may say anything. Codes, dates, references and figures stay: counts use
 * them. Fields flagged SENSITIVE stay unless the caller says that they single someone out. */
#ifndef COMMON_RECORD_ERASE_H
#define COMMON_RECORD_ERASE_H

#include "common/base/arena.h"
#include "common/record/schema.h"

/* Change `message` in place. hides_sensitive: one per field; NULL: none. New texts live in the arena. ERR_TOO_BIG. */
MUST_CHECK enum err record_erase(const struct kind_schema *schema, struct arena *arena, void *message,
                                 const bool *hides_sensitive);

#endif
