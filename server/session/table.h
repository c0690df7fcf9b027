/* The live sessions by device: one each. Rank 6. Single thread; owns no session. */
#ifndef SERVER_SESSION_TABLE_H
#define SERVER_SESSION_TABLE_H

#include "common/base/bytes.h"

struct session;

struct session_table {
    struct session *by_device; /* uthash head; the handle lies in the session */
};

void session_table_init(struct session_table *table);
/* Enter a session under its device. *ret_older: the session it replaces, no longer in the table; NULL: none.
 * ERR_NO_MEMORY: not entered, the older one stays. */
MUST_CHECK enum err session_table_claim(struct session_table *table, struct session *session,
                                        struct session **ret_older);
/* Safe for a session that is not in the table. */
void session_table_drop(struct session_table *table, struct session *session);
/* NULL: the device has no live session. */
struct session *session_table_find(const struct session_table *table, const struct hash *device);

#endif
