/* The log key: which of the keys in the server's folder it is, the journal says. Rank 9. Blocks.
 *
 *   DIR/receipt.key        the key in force
 *   DIR/receipt.key.next   while the key changes: the next one, in force from the act on (server/commands/log_key_change.c) */
#ifndef SERVER_APP_LOG_KEY_H
#define SERVER_APP_LOG_KEY_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/crypto/sign.h"

struct config;
struct pg_conn;

#define LOG_KEY_FILE "receipt.key"
#define LOG_KEY_NEXT_FILE "receipt.key.next"

enum { LOG_KEYS_BYTES_MAX = 1024 * SIGN_PUBLIC_KEY_BYTES };

/* One that is or was in force while the server runs. */
struct app_log_key {
    struct signing_key *key;
    struct verify_key *verify_key;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    bool is_next; /* it lies in receipt.key.next */
    struct app_log_key *older;
};

/* The key in force by the journal behind `connection`; before the first act the one of receipt.key. ERR_CONFIG with a sentence:
 * the folder has it not. ERR_DATABASE. */
MUST_CHECK enum err app_log_key_open(const struct config *config, struct pg_conn *connection,
                                     enum language language, struct app_log_key **ret_key,
                                     struct error *ret_error);
/* The same over a connection of its own. */
MUST_CHECK enum err app_log_key_start(const struct config *config, const char *conninfo,
                                      enum language language, struct app_log_key **ret_key,
                                      struct error *ret_error);
/* The one of the folder's keys with this public key; NULL: whichever receipt.key holds. */
MUST_CHECK enum err app_log_key_find(const struct config *config, const uint8_t *public_key,
                                     enum language language, struct app_log_key **ret_key,
                                     struct error *ret_error);
/* One file. ERR_NOT_FOUND: it is not there. ERR_CONFIG: it holds no key. ERR_FORBIDDEN: others may read it. */
MUST_CHECK enum err app_log_key_read(const struct config *config, const char *name, enum language language,
                                     struct app_log_key **ret_key, struct error *ret_error);
/* All the log ever went under by the journal, one after another; before the first act the one given. ret_keys is the caller's, and
 * started. ERR_DATABASE, ERR_TOO_BIG. */
MUST_CHECK enum err app_log_key_all(struct pg_conn *connection, const struct app_log_key *present,
                                    struct buf *ret_keys, struct error *ret_error);
/* With all older ones. */
void app_log_key_free(struct app_log_key *key);

#endif
