/* Which branch a device speaks for, and as what: --sender CODE | --province, --role ROLE, --exact. Rank 9. */
#ifndef SERVER_COMMANDS_SENDER_H
#define SERVER_COMMANDS_SENDER_H

#include "common/base/bytes.h"
#include "common/base/error.h"

struct config;
struct database_session;
struct options;

enum { SENDER_UUID_BYTES = 37 };

/* Do these options go together? ERR_USAGE with a sentence. */
MUST_CHECK enum err sender_check(const struct options *options, struct error *ret_error);
/* The branch. Before the province's first submission no code can be checked: then the id is derived from it. ERR_NOT_FOUND,
 * ERR_AMBIGUOUS, ERR_FORBIDDEN: no sender. */
MUST_CHECK enum err sender_find(const struct options *options, const struct config *config,
                                const struct database_session *session, struct id *ret_sender,
                                struct error *ret_error);
void sender_uuid(const struct id *sender, char ret_text[SENDER_UUID_BYTES]);

#endif
