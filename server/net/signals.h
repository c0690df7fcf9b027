/* Signals of the process, as events of the loop. Rank 8. SIGPIPE is ignored from the start on. */
#ifndef SERVER_NET_SIGNALS_H
#define SERVER_NET_SIGNALS_H

#include "common/base/error.h"

struct signals;
struct uv_loop_s;

struct signals_config {
    void (*on_stop)(void *context);   /* SIGTERM or SIGINT; again for each further one */
    void (*on_reload)(void *context); /* SIGHUP */
    void *context;
};

/* ERR_INTERNAL: libuv refuses. */
MUST_CHECK enum err signals_start(struct uv_loop_s *loop, const struct signals_config *config,
                                  struct signals **ret_signals);
/* on_stopped may be NULL. NULL signals: on_stopped runs at once. */
void signals_stop(struct signals *signals, void (*on_stopped)(void *context), void *context);

#endif
