/* X25519 keys of those a backup is sealed to (OpenSSL underneath). Rank 1. Files are PEM, as `openssl genpkey -algorithm X25519`
 * and `openssl pkey -pubout` write them. */
#ifndef COMMON_CRYPTO_RECIPIENT_H
#define COMMON_CRYPTO_RECIPIENT_H

#include "common/base/bytes.h"
#include "common/base/error.h"

enum { RECIPIENT_KEY_BYTES = 32, RECIPIENT_PEM_BYTES_MAX = 1024 };

struct recipient_key; /* a private key */

MUST_CHECK enum err recipient_key_generate(struct recipient_key **ret_key);
/* PKCS#8. ERR_MALFORMED: no X25519 private key. */
MUST_CHECK enum err recipient_key_from_pem(struct bytes pem, struct recipient_key **ret_key);
/* Writes PEM with a NUL (RECIPIENT_PEM_BYTES_MAX bytes); the private key's is the caller's to wipe. ERR_NO_MEMORY. */
MUST_CHECK enum err recipient_key_to_pem(const struct recipient_key *key, char *out);
MUST_CHECK enum err recipient_public_to_pem(const uint8_t public_key[RECIPIENT_KEY_BYTES], char *out);
/* ERR_MALFORMED: no X25519 public key. */
MUST_CHECK enum err recipient_public_from_pem(struct bytes pem, uint8_t ret_public[RECIPIENT_KEY_BYTES]);
void recipient_key_public(const struct recipient_key *key, uint8_t ret_public[RECIPIENT_KEY_BYTES]);
void recipient_key_free(struct recipient_key *key); /* wipes it */

/* The secret both sides share (RFC 7748). ERR_MALFORMED: a point of small order. ERR_NO_MEMORY. */
MUST_CHECK enum err recipient_share(const struct recipient_key *key,
                                    const uint8_t public_key[RECIPIENT_KEY_BYTES],
                                    uint8_t ret_secret[RECIPIENT_KEY_BYTES]);

#endif
