/* Record ids: 8 random bytes drawn once per store, then a counter; or derived from an official code. Rank 2.
 * Pure. */
#ifndef COMMON_RECORD_RECORD_ID_H
#define COMMON_RECORD_RECORD_ID_H

#include "common/record/schema.h"

struct id record_id_make(const uint8_t store_prefix[8], uint64_t counter);

/* First 16 bytes of SHA-256("dantin/record" NUL ‖ u16 kind ‖ list NUL ‖ code NUL ‖ i32 valid-from days,
 * 0x80000000 = not stated). */
struct id record_id_derive(enum record_kind kind, const char *list, const char *code,
                           struct value valid_from);

/* The derived id of a message whose kind has one and whose code list is stated; false: the id is to be drawn.
 */
bool record_id_derived(const struct kind_schema *schema, const void *message, struct id *ret_id);

#endif
