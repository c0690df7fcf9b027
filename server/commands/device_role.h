/* Other roles of devices that wait for a second operator. Rank 9. Blocks. */
#ifndef SERVER_COMMANDS_DEVICE_ROLE_H
#define SERVER_COMMANDS_DEVICE_ROLE_H

#include <stddef.h>

#include "common/base/error.h"

struct database_session;
struct options;

/* Does the argument name a device by its digits? A shorter number of decimal digits alone is a ticket's. */
bool device_role_is_named(const struct options *options);
/* The operator's yes (the act, signed) or no to the change that waits for the device named. ERR_NOT_FOUND: none does;
 * ERR_FORBIDDEN: the operator proposed it. */
MUST_CHECK enum err device_role_decide(const struct options *options, bool is_yes, struct error *ret_error);
/* Print all that wait. */
MUST_CHECK enum err device_role_print_pending(const struct database_session *session, enum language language,
                                              size_t *ret_count, struct error *ret_error);

#endif
