/* Operators: persons at the province, each with a key of their own in DIR/operators/NAME.key, under a passphrase. Rank 9. */
#ifndef SERVER_COMMANDS_OPERATORS_H
#define SERVER_COMMANDS_OPERATORS_H

#include "common/base/error.h"
#include "common/crypto/sign.h"

struct config;
struct database_session;
struct options;

enum { OPERATOR_NAME_BYTES_MAX = 64 };

/* a-z, 0-9, '.', '_', '-'; a letter or digit first. */
bool operators_is_name(const char *name);
/* The key of --operator NAME, unlocked with the passphrase. ERR_USAGE: no --operator; ERR_NOT_FOUND: nobody of that name;
 * ERR_FORBIDDEN: no operator any more, or the file holds another key than the journal's; ERR_PASSPHRASE. */
MUST_CHECK enum err operators_unlock(const struct options *options, const struct config *config,
                                     const struct database_session *session, struct signing_key **ret_key,
                                     struct error *ret_error);

#endif
