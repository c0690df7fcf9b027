/* Another key for the log. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_LOG_KEY_CHANGE_H
#define SERVER_COMMANDS_LOG_KEY_CHANGE_H

#include <stdbool.h>

#include "common/base/error.h"

struct config;
struct database_session;

/* Make a key, have the journal go on under it, and put it in the place of the one before. *ret_was_taken_up: a change that had been
 * cut short was completed, and no new key made. ERR_CONFIG, ERR_IO, and as acts_append. */
MUST_CHECK enum err log_key_change(const struct config *config, const struct database_session *session,
                                   enum language language, bool *ret_was_taken_up, struct error *ret_error);

#endif
