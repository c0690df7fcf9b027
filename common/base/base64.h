/* Base64 of RFC 4648, section 4: the one alphabet, padded, nothing else. Rank 0. Pure; any thread.
 * Strict: a value has exactly one text, so that a signed text cannot be changed without notice. */
#ifndef COMMON_BASE_BASE64_H
#define COMMON_BASE_BASE64_H

#include "common/base/bytes.h"

/* Characters that `len` bytes become, without a NUL. */
#define BASE64_TEXT_BYTES(len) (((len) + 2) / 3 * 4)

/* Writes BASE64_TEXT_BYTES(in.len) characters and a NUL. */
void base64_encode(struct bytes in, char *out);

/* Bytes that a text stands for, without looking at its characters. ERR_MALFORMED: no whole number of groups. */
MUST_CHECK enum err base64_bytes(struct bytes text, size_t *ret_len);

/* Decode into out (bytes_max bytes; untouched on failure). ERR_MALFORMED: another character, wrong padding, or bits set
 * that no byte uses. ERR_TOO_BIG: more than bytes_max. */
MUST_CHECK enum err base64_decode(struct bytes text, uint8_t *out, size_t bytes_max, size_t *ret_len);

/* Is it base64 (of any length)? */
bool base64_is_valid(struct bytes text);

#endif
