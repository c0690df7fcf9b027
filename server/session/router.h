/* Which handler takes which message. Rank 6. The table of routes is made in server/app.c and never changes.
 */
#ifndef SERVER_SESSION_ROUTER_H
#define SERVER_SESSION_ROUTER_H

#include <stddef.h>
#include <stdint.h>

#include "server/ops/metrics.h"
#include "server/session/request.h"

/* One message type that wants an answer. Messages about the session itself (PING, CANCEL, GOODBYE ...) are
 * control.c's. */
struct route {
    uint16_t type;
    unsigned deadline_ms; /* after which the request is answered ERR_TIMED_OUT */
    enum metric latency;  /* histogram in us; METRIC_COUNT: none */
    /* message: unpacked, in the request's arena. */
    struct outcome (*start)(struct request *request, const void *message);
    /* Goes on after a wait; never called once the session is gone. */
    struct outcome (*step)(struct request *request);
    /* Ask what is under way to stop; its callback still comes. NULL: it cannot be stopped. */
    void (*cancel)(struct request *request);
    /* Give back what the request owns outside its arena. NULL: nothing. */
    void (*release)(struct request *request);
};

struct router {
    const struct route *routes;
    size_t route_count;
};

/* NULL: nobody takes this type. */
const struct route *router_find(const struct router *router, uint16_t type);

#endif
