/* UTF-8: validity, characters that no text may hold, and cutting at a character. Rank 0. Pure; any thread. */
#ifndef COMMON_BASE_UTF8_H
#define COMMON_BASE_UTF8_H

#include "common/base/bytes.h"

/* Decode the character at the front of `in` (at least one byte) into *ret_character.
 * Returns its length in bytes, or 0 for invalid UTF-8 (overlong forms, surrogates and > U+10FFFF included).
 */
size_t utf8_decode(struct bytes in, uint32_t *ret_character);

/* Valid UTF-8 all through? */
bool utf8_is_valid(struct bytes in);

/* Valid UTF-8 without NUL, control characters (but tab and LF) and bidirectional controls: what a string on
 * the wire may hold. */
bool utf8_is_clean(struct bytes in);

/* The longest prefix of `in` of at most len_max bytes that does not end inside a character. */
size_t utf8_cut(struct bytes in, size_t len_max);

#endif
