/* Sealing of byte strings at rest: AES-256-GCM under a 32-byte key (OpenSSL underneath), and keys derived from
 * others. Rank 1. Pure but for the random nonce; a seal_key is used by one thread at a time.
 *
 *     sealed = version (1) ‖ nonce (12) ‖ ciphertext (as long as the plain bytes) ‖ tag (16)
 *
 * The nonce is random, so the same bytes sealed twice differ. `associated` is not stored: it is the place the
 * bytes belong to (a table and a row, say), and opens nowhere else. Under one key at most
 * SEAL_COUNT_MAX strings are sealed (NIST SP 800-38D, 8.3): take a new key long before. */
#ifndef COMMON_CRYPTO_SEAL_H
#define COMMON_CRYPTO_SEAL_H

#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    SEAL_KEY_BYTES = 32,
    SEAL_VERSION = 1,
    SEAL_NONCE_BYTES = 12,
    SEAL_TAG_BYTES = 16,
    SEAL_OVERHEAD_BYTES = 1 + SEAL_NONCE_BYTES + SEAL_TAG_BYTES,
    SEAL_PLAIN_BYTES_MAX = 1 << 30,
    SEAL_DERIVED_BYTES_MAX = 255 * HASH_BYTES
};
#define SEAL_COUNT_MAX ((uint64_t)1 << 32)

struct seal_key; /* a key prepared for many strings */

/* Copies the secret; the caller wipes its own. ERR_NO_MEMORY. */
MUST_CHECK enum err seal_key_new(const uint8_t secret[SEAL_KEY_BYTES], struct seal_key **ret_key);
/* Wipes the key. */
void seal_key_free(struct seal_key *key);

/* Seal `plain` (at most SEAL_PLAIN_BYTES_MAX) into `out`, which has plain.len + SEAL_OVERHEAD_BYTES bytes and
 * does not overlap it. Cannot fail. */
void seal(struct seal_key *key, struct bytes associated, struct bytes plain, uint8_t *out);

/* How many bytes are inside; 0 also for what is too short to be sealed. */
size_t seal_plain_bytes(struct bytes sealed);
/* Open into `out`, which has seal_plain_bytes(sealed) bytes and does not overlap; wiped on failure, never
 * partly opened bytes. ERR_MALFORMED: no sealed string of this version. ERR_SEALED: another key, other
 * associated bytes, or a changed bit. */
MUST_CHECK enum err seal_open(struct seal_key *key, struct bytes associated, struct bytes sealed,
                              uint8_t *out);

/* HKDF-SHA-256 (RFC 5869): `len` bytes (at most SEAL_DERIVED_BYTES_MAX) from a secret; `info` says what for, so
 * that two purposes never share a key. An empty salt counts as 32 NUL bytes. */
void seal_derive(struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t len);

/* Overwrite a secret; the compiler does not take it away. NULL with 0 bytes is allowed. */
void seal_wipe(void *at, size_t len);

#endif
