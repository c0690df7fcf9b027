/* Match keys: which record does a row of a spreadsheet mean? Rank 2. Pure. */
#ifndef COMMON_RECORD_MATCH_H
#define COMMON_RECORD_MATCH_H

#include "common/record/schema.h"

/* The key_index-th match key of a message as one text ("2|nguyen van dat|1980-05-01|<branch hex>"); FOLDED
 * fields are folded, texts normalised. at == NULL in *ret_key: a field of this key is not stated, so the key
 * does not apply. ERR_TOO_BIG, ERR_ENCODING. */
MUST_CHECK enum err match_key_of(const struct kind_schema *schema, const void *message, size_t key_index,
                                 struct arena *arena, struct bytes *ret_key);

#endif
