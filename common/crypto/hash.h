/* SHA-256 and HMAC-SHA-256 (OpenSSL underneath). Rank 1. Pure. */
#ifndef COMMON_CRYPTO_HASH_H
#define COMMON_CRYPTO_HASH_H

#include "common/base/bytes.h"

/* SHA-256 over the concatenation of `count` views. Cannot fail. */
struct hash hash_of(const struct bytes *parts, size_t count);
struct hash hash_of_one(struct bytes in);

/* Many values one after the other, for long runs: init, add ..., finish (which may be followed by init
 * again). */
struct hasher;
struct hasher *hasher_new(void); /* NULL without memory */
void hasher_free(struct hasher *hasher);
void hasher_start(struct hasher *hasher);
void hasher_add(struct hasher *hasher, struct bytes in);
struct hash hasher_finish(struct hasher *hasher);

/* HMAC-SHA-256(key, in); of the concatenation of `count` views. */
struct hash hash_hmac(struct bytes key, struct bytes in);
struct hash hash_hmac_of(struct bytes key, const struct bytes *parts, size_t count);

#endif
