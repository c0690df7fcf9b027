/* Lines of the small signed texts of this folder: taken off the front, decimal numbers, hashes in base64. Rank 1. Pure,
 * total. */
#ifndef COMMON_CRYPTO_TEXT_LINE_H
#define COMMON_CRYPTO_TEXT_LINE_H

#include "common/base/bytes.h"

enum { TEXT_LINE_HASH_BYTES = 44 }; /* a hash in base64, without a NUL */

/* Takes the first line off *rest; the line without its newline. ERR_MALFORMED: no newline is left. */
MUST_CHECK enum err text_line_take(struct bytes *rest, struct bytes *ret_line);
/* Does the line start with `prefix`? Then *ret_rest is what follows. */
bool text_line_starts(struct bytes line, const char *prefix, struct bytes *ret_rest);
/* Decimal digits without a leading zero, at most INT64_MAX. ERR_MALFORMED. */
MUST_CHECK enum err text_line_number(struct bytes line, uint64_t *ret_number);
/* 32 bytes in base64. ERR_MALFORMED. */
MUST_CHECK enum err text_line_hash(struct bytes line, struct hash *ret_hash);

#endif
