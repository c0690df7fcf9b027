/* What ingest needs of a uv loop: the wall clock and its one timer. Rank 8. Owned by whoever runs the loop, by value. */
#ifndef SERVER_NET_INGEST_CLOCK_H
#define SERVER_NET_INGEST_CLOCK_H

#include <uv.h>

#include "server/ingest/ingest.h"

struct ingest_clock {
    uv_timer_t timer;
    void (*on_fired)(void *target);
    void *target;
};

void ingest_clock_init(uv_loop_t *loop, struct ingest_clock *clock);
/* For struct ingest_config; borrows the clock, which must not move. */
struct ingest_timer ingest_clock_timer(struct ingest_clock *clock);
int64_t ingest_clock_now_ms(
    void *context); /* ms since 1970 UTC by the machine's clock; the context is not looked at */
/* The loop goes on until the handle is closed; the memory must live as long. */
void ingest_clock_close(struct ingest_clock *clock);

#endif
