/* The server put together: the one place that knows every part. Rank 9. One libuv loop, one thread (and the
 * metrics page's).
 *
 * Start: keys → PostgreSQL → migrations → store → ingest → sessions → listener → metrics page; the end in
 * reverse order. SIGTERM, SIGINT: drain (open requests are finished, APP_DRAIN_MS at most); again: cut.
 * SIGHUP: log level and certificates are read again. */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include "common/base/error.h"

struct app_authority;
struct config;
struct options;

enum {
    APP_TICK_MS = 100,
    APP_DRAIN_MS = 25000, /* then sessions are cut */
    APP_STOP_MS = 90000,  /* then the process ends; PostgreSQL goes on and the next start adopts it */
    APP_STOPS_MAX = 3,    /* signals to stop: the first drains, the second cuts, the third ends the process */
};

/* Serve until told to stop. config, authority (app_keys.h): borrowed; options: to read the configuration again, borrowed. Errors with
 * a sentence: nothing was served, or what was served had to end. */
MUST_CHECK enum err app_run(const struct config *config, const struct options *options,
                            const struct app_authority *authority, struct error *ret_error);

#endif
