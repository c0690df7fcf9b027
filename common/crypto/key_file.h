/* A private key under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958), PBES2 with scrypt (RFC 7914) and AES-256-CBC, as
 * PEM. Any OpenSSL reads the key with the passphrase. Rank 1. Pure but for randomness; any thread.
 *
 * Beside the key the file may hold `extra` bytes, as an attribute of the encrypted PrivateKeyInfo: what is wrapped together is
 * replaced together. The cipher does not authenticate: a caller must know by other means whose key it is (a public key or its
 * hash), which key_file_open's result is then compared with. */
#ifndef COMMON_CRYPTO_KEY_FILE_H
#define COMMON_CRYPTO_KEY_FILE_H

#include "common/crypto/sign.h"

/* 30 MiB, about the most OpenSSL 3.0 grants scrypt within PKCS#8 (32 MiB), and so many passes that a guess costs as much as with
 * N = 2^17, r = 8, p = 1: 0.3 to 0.5 s on an office PC. */
enum {
    KEY_FILE_SCRYPT_N = 1 << 14,
    KEY_FILE_SCRYPT_R = 15,
    KEY_FILE_SCRYPT_P = 4,
    KEY_FILE_SCRYPT_TIMES_MAX = 4, /* a file that costs more than so many times this is not tried */
    KEY_FILE_SALT_BYTES = 16,
    KEY_FILE_EXTRA_BYTES_MAX = 256,
    KEY_FILE_SECRET_BYTES_MAX = 1024,
};

/* KEY_FILE_FOR_TESTS: the passphrase is guessed in no time. Whoever offers it to people says so loudly. */
enum key_file_cost { KEY_FILE_STRONG, KEY_FILE_FOR_TESTS };

/* Writes PEM with a NUL into out (SIGN_PEM_BYTES_MAX bytes). ERR_TOO_BIG: extra or secret past its maximum; ERR_NO_MEMORY. */
MUST_CHECK enum err key_file_seal(const struct signing_key *key, struct bytes extra, struct bytes secret,
                                  enum key_file_cost cost, char *out);
/* ERR_PASSPHRASE: the secret is another. ERR_MALFORMED: no such file, no Ed25519 key in it, or a cost past what is allowed.
 * ret_extra: KEY_FILE_EXTRA_BYTES_MAX bytes; ret_extra_len 0: it holds none. */
MUST_CHECK enum err key_file_open(struct bytes pem, struct bytes secret, struct signing_key **ret_key,
                                  uint8_t *ret_extra, size_t *ret_extra_len);
/* Does a guess at its secret cost less than it should? Also true of what is no key file. */
bool key_file_is_weak(struct bytes pem);

#endif
