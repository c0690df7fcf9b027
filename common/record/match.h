/* Match keys: which record does a row of a spreadsheet mean? Rank 2. Pure. */
#ifndef COMMON_RECORD_MATCH_H
#define COMMON_RECORD_MATCH_H

#include "common/record/schema.h"

/* The key_index-th match key of a message as one text ("2|nguyen van dat|1980-05-01|<branch hex>"); FOLDED
 * fields are folded, texts normalised. A key applies when all its fields are stated. Where none of the kind's
 * keys is whole, the first that has a value and all its required fields applies, with an empty part for what is
 * not stated: the same course without a date, entered twice, is one training. at == NULL in *ret_key: the key
 * does not apply. ERR_TOO_BIG, ERR_ENCODING. */
MUST_CHECK enum err match_key_of(const struct kind_schema *schema, const void *message, size_t key_index,
                                 struct arena *arena, struct bytes *ret_key);

#endif
