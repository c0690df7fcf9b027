/* The keys a server lives by but for the log's (app_log_key.h), read from its folder. Rank 9. Blocks. */
#ifndef SERVER_APP_KEYS_H
#define SERVER_APP_KEYS_H

#include "common/crypto/sign.h"
#include "server/store/store.h"

struct config;
struct tls_context;

enum { APP_AUTHORITY_PEM_BYTES_MAX = 16384 };

/* DIR/server.crt, DIR/server.key, DIR/ca/ca.crt. ERR_CONFIG with a sentence. */
MUST_CHECK enum err app_keys_tls(const struct config *config, enum language language,
                                 struct tls_context **ret_tls, struct error *ret_error);

/* DIR/look.key: the key of the pseudonyms in the log of reads, 64 hex digits. may_make: a new one when
 * it is not there; else ERR_NOT_FOUND. ERR_CONFIG with a sentence: holds something else. ERR_IO. */
MUST_CHECK enum err app_keys_look(const struct config *config, enum language language, bool may_make,
                                  uint8_t ret_key[STORE_LOOK_KEY_BYTES], struct error *ret_error);

/* The authority that certifies devices. */
struct app_authority {
    struct signing_key *key; /* NULL: it is kept elsewhere, and the server issues no certificates */
    size_t pem_len;
    char pem[APP_AUTHORITY_PEM_BYTES_MAX]; /* its certificate */
};

/* Read before the privileges are dropped: DIR/ca belongs to root. The key lives in this process's memory alone from then on. */
MUST_CHECK enum err app_keys_authority(const struct config *config, enum language language,
                                       struct app_authority *ret_authority, struct error *ret_error);
void app_keys_authority_release(struct app_authority *authority);
/* The public keys of the server's certificate and of the authority's. */
MUST_CHECK enum err app_keys_own(const struct config *config, enum language language,
                                 uint8_t ret_server[SIGN_PUBLIC_KEY_BYTES],
                                 uint8_t ret_authority[SIGN_PUBLIC_KEY_BYTES], struct error *ret_error);

#endif
