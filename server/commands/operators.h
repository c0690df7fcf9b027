/* Operators: persons at the province, each with a key of their own in DIR/operators/NAME.key, under a passphrase. Rank 9. */
#ifndef SERVER_COMMANDS_OPERATORS_H
#define SERVER_COMMANDS_OPERATORS_H

#include "common/base/error.h"
#include "common/crypto/sign.h"
#include "server/commands/passphrase.h"

struct config;
struct database_session;
struct options;

enum { OPERATOR_NAME_BYTES_MAX = 64 };

/* a-z, 0-9, '.', '_', '-'; a letter or digit first. */
bool operators_is_name(const char *name);
/* The passphrase of --operator NAME, before the privileges are dropped: its file may be for root alone. ERR_USAGE: no --operator;
 * and as passphrase_read. */
MUST_CHECK enum err operators_ask(const struct options *options, char ret_passphrase[PASSPHRASE_BYTES_MAX],
                                  struct error *ret_error);
/* From here to the end of the session nobody else's act is written: what is read now (who is an operator, what waits) holds when it is
 * decided. Before anything is read. Waits for its turn. */
MUST_CHECK enum err operators_take_turn(const struct database_session *session, struct error *ret_error);
/* The key of --operator NAME, unlocked with the passphrase, which is wiped in every case. ERR_NOT_FOUND: nobody of that name;
 * ERR_FORBIDDEN: no operator any more, or the file holds another key than the journal's; ERR_PASSPHRASE. */
MUST_CHECK enum err operators_unlock(const struct options *options, const struct config *config,
                                     const struct database_session *session, char *passphrase,
                                     struct signing_key **ret_key, struct error *ret_error);

#endif
