#include "server/net/ingest_clock.h"

#include "common/base/clock.h"

static void start(void *context, uint64_t after_ms, void (*on_fired)(void *target), void *target);
static void stop(void *context);
static void on_timer(uv_timer_t *timer);

void ingest_clock_init(uv_loop_t *loop, struct ingest_clock *clock)
{
    (void)uv_timer_init(loop, &clock->timer); /* cannot fail */
    clock->timer.data = clock;
}

struct ingest_timer ingest_clock_timer(struct ingest_clock *clock)
{
    return (struct ingest_timer){clock, start, stop};
}

int64_t ingest_clock_now_ms(void *context)
{
    (void)context;
    return clock_now_ms();
}

void ingest_clock_close(struct ingest_clock *clock)
{
    uv_close((uv_handle_t *)&clock->timer, NULL);
}

static void start(void *context, uint64_t after_ms, void (*on_fired)(void *target), void *target)
{
    struct ingest_clock *clock = context;
    clock->on_fired = on_fired;
    clock->target = target;
    (void)uv_timer_start(&clock->timer, on_timer, after_ms, 0); /* fails without a callback only */
}

static void stop(void *context)
{
    struct ingest_clock *clock = context;
    (void)uv_timer_stop(&clock->timer); /* always succeeds */
}

static void on_timer(uv_timer_t *timer)
{
    struct ingest_clock *clock = timer->data;
    clock->on_fired(clock->target);
}
