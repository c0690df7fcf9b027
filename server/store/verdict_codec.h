/* The column journal.verdicts: the verdicts a receipt lists, so that the first receipt can be given again.
 * Rank 4. Pure.
 *
 *   per verdict: u32 index ‖ u8 code ‖ u8 rule length ‖ rule id ‖ current version (16 bytes, zeros = none) */
#ifndef SERVER_STORE_VERDICT_CODEC_H
#define SERVER_STORE_VERDICT_CODEC_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/wire/receipt.h"

/* Append to `out`. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err verdict_encode(const struct verdict *verdicts, const uint32_t *indexes, size_t count,
                                   struct buf *out);
/* Into `arena`. ERR_MALFORMED: the column was not written by verdict_encode. ERR_TOO_BIG: the arena's cap. */
MUST_CHECK enum err verdict_decode(struct bytes in, struct arena *arena, const struct verdict **ret_verdicts,
                                   const uint32_t **ret_indexes, size_t *ret_count);

#endif
