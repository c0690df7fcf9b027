/* The statements of acts. Rank 4. Private to server/store. */
#ifndef SERVER_STORE_ACT_WRITE_H
#define SERVER_STORE_ACT_WRITE_H

#include "server/store/connection.h"
#include "server/store/store.h"

enum { ACT_WRITE_STATEMENTS_MAX = 2 * STORE_GROUP_ACTS_MAX, ACT_WRITE_ARRAY_BYTES_MAX = 1 << 16 };

/* Append what the acts do to `unit`, which has room for two statements each. Parameters live in `arena`. ERR_TOO_BIG. */
MUST_CHECK enum err act_write(const struct store_act *acts, size_t act_count, struct arena *arena,
                              struct unit *unit);

#endif
