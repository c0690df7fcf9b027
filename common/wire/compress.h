/* zstd frames that declare their size, under a cap known before anything is allocated. Rank 3. Any thread:
 * each keeps one context per direction. */
#ifndef COMMON_WIRE_COMPRESS_H
#define COMMON_WIRE_COMPRESS_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/bytes.h"
#include "common/base/error.h"

/* The content of `in`, which must be exactly one zstd frame that declares its size. *ret_plain lies in
 * `arena`. ERR_TOO_BIG: more than bytes_max declared, or the arena's cap. ERR_MALFORMED: anything else.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err compress_unpack(struct bytes in, size_t bytes_max, struct arena *arena,
                                    struct bytes *ret_plain);

/* Append `plain` as one zstd frame. ERR_TOO_BIG: the frame does not fit under out's maximum (worst case
 * counted). ERR_NO_MEMORY. */
MUST_CHECK enum err compress_append(struct buf *out, struct bytes plain, int level);

#endif
