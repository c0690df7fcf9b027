/* Ed25519 keys and signatures (OpenSSL underneath; docs/decisions/0020-two-libraries-check-signatures.md). Rank 1.
 * Public keys travel raw (32 bytes); small-order and non-canonical keys are refused before any use, since
 * OpenSSL 3.0 accepts forged signatures under them. */
#ifndef COMMON_CRYPTO_SIGN_H
#define COMMON_CRYPTO_SIGN_H

#include "common/base/bytes.h"
#include "common/base/error.h"

enum {
    SIGN_PUBLIC_KEY_BYTES = 32,
    SIGN_SEED_BYTES = 32,
    SIGN_SIGNATURE_BYTES = 64,
    SIGN_PEM_BYTES_MAX = 4096
};

struct signing_key; /* a private key */

MUST_CHECK enum err signing_key_generate(struct signing_key **ret_key);
/* The private key of RFC 8032 made from 32 secret bytes (for fixed keys of tests and documents).
 * ERR_NO_MEMORY. */
MUST_CHECK enum err signing_key_from_seed(const uint8_t seed[SIGN_SEED_BYTES], struct signing_key **ret_key);
/* pem: PKCS#8. ERR_MALFORMED: no Ed25519 private key. */
MUST_CHECK enum err signing_key_from_pem(struct bytes pem, struct signing_key **ret_key);
/* Writes PKCS#8 PEM with a NUL into out (SIGN_PEM_BYTES_MAX bytes). */
MUST_CHECK enum err signing_key_to_pem(const struct signing_key *key, char *out);
/* The 32 secret bytes, to be kept elsewhere (a kernel keyring); the caller wipes them. */
void signing_key_seed(const struct signing_key *key, uint8_t ret_seed[SIGN_SEED_BYTES]);
void signing_key_free(struct signing_key *key);
void signing_key_public(const struct signing_key *key, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES]);
void signing_key_sign(const struct signing_key *key, struct bytes in,
                      uint8_t ret_signature[SIGN_SIGNATURE_BYTES]);
/* The OpenSSL key, borrowed, for TLS contexts and certificate requests (an EVP_PKEY *). */
void *signing_key_native(const struct signing_key *key);

/* A public key prepared for many verifications. ERR_MALFORMED: not 32 bytes; ERR_UNAUTHORISED: small order or
 * not canonical. */
struct verify_key;
MUST_CHECK enum err verify_key_new(struct bytes public_key, struct verify_key **ret_key);
void verify_key_free(struct verify_key *key);
void verify_key_public(const struct verify_key *key, uint8_t ret_public[SIGN_PUBLIC_KEY_BYTES]);
/* ERR_BAD_SIGNATURE otherwise (also for a signature of another length). ERR_NO_MEMORY. */
MUST_CHECK enum err verify_key_check(const struct verify_key *key, struct bytes in, struct bytes signature);

/* SHA-256 of the SubjectPublicKeyInfo (DER) of a raw Ed25519 key: the device id when it is the device's first
 * key. */
struct hash sign_spki_hash(const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);

#endif
