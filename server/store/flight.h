/* One unit on its way through a connection: sending it, and matching what comes back. Rank 4. Private to
 * connection.c.
 *
 * What the server answers comes in this order: for each statement prepared on the way its result and a
 * sync of its own (so that a failing unit before it cannot take the preparation down with it), then one
 * result per statement, then the unit's sync. `cursor` counts these. */
#ifndef SERVER_STORE_FLIGHT_H
#define SERVER_STORE_FLIGHT_H

#include "common/base/list.h"
#include "server/store/connection.h"

/* The statements a session has prepared, or has been told to prepare. */
struct prepared_set {
    const struct statement *statements[CONNECTION_STATEMENTS_MAX];
    size_t count;
};

struct flight {
    struct list node;    /* the connection's */
    int64_t deadline_ms; /* of the monotonic clock */
    unit_done on_done;
    void *context;
    size_t cursor;
    size_t prepare_count;
    const struct statement **prepares; /* room for one per statement, like results, in this allocation */
    struct unit_result result;
    PGresult *results[];
};

/* Never NULL: without memory the program ends, since the callback's promise could not be kept. */
struct flight *flight_new(const struct unit *unit, int64_t deadline_ms, unit_done on_done, void *context);
/* Hand everything to libpq. False: it has no memory or its line is broken, and what it sent is unknown. */
MUST_CHECK bool flight_send(struct flight *flight, const struct unit *unit, PGconn *pg,
                            struct prepared_set *prepared);
/* Take what PQgetResult gave (NULL: the command under the cursor is over). True: the unit is complete. */
bool flight_take(struct flight *flight, PGresult *result, struct prepared_set *prepared);
/* Run the callback and free. */
void flight_land(struct flight *flight);

#endif
