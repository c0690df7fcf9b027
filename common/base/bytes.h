/* Borrowed views of bytes, big-endian integers, hexadecimal, and the 16- and 32-byte names used everywhere.
 * Rank 0. Pure; any thread. A view never owns: it is valid until the memory behind it changes. */
#ifndef COMMON_BASE_BYTES_H
#define COMMON_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/error.h"

struct bytes {
    const uint8_t *at;
    size_t len;
};

enum { ID_BYTES = 16, HASH_BYTES = 32, ID_HEX_BYTES = 33, HASH_HEX_BYTES = 65 };

/* A record id, a version name or an epoch: 16 bytes. All zero means "none". */
struct id {
    uint8_t at[ID_BYTES];
};

/* A SHA-256 value (also a device id): 32 bytes. All zero means "none". */
struct hash {
    uint8_t at[HASH_BYTES];
};

struct bytes bytes_of(const void *at, size_t len);
struct bytes bytes_of_text(const char *text); /* without the NUL */
bool bytes_equal(struct bytes a, struct bytes b);
/* <0, 0, >0 as memcmp over the common part, then by length. */
int bytes_compare(struct bytes a, struct bytes b);

bool id_equal(const struct id *a, const struct id *b);
bool id_is_none(const struct id *id);
bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_none(const struct hash *hash);

/* Copy exactly 16 (32) bytes out of a view. ERR_MALFORMED: another length. */
MUST_CHECK enum err id_from_bytes(struct bytes in, struct id *ret_id);
MUST_CHECK enum err hash_from_bytes(struct bytes in, struct hash *ret_hash);

uint16_t u16_read(const uint8_t *at);
uint32_t u32_read(const uint8_t *at);
uint64_t u64_read(const uint8_t *at);
void u16_write(uint8_t *at, uint16_t value);
void u32_write(uint8_t *at, uint32_t value);
void u64_write(uint8_t *at, uint64_t value);

/* Lower-case hex with a NUL; out must hold 2 * in.len + 1 bytes. */
void hex_encode(struct bytes in, char *out);
/* Decode exactly out_len bytes from text of exactly 2 * out_len hex digits (either case).
 * ERR_MALFORMED: other length or a character that is no digit. out is untouched then. */
MUST_CHECK enum err hex_decode(const char *text, uint8_t *out, size_t out_len);

#endif
