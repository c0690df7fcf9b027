/* Two atomics: the loop's last beat, and readiness. */
#include "server/ops/health.h"

#include <stdatomic.h>

static _Atomic int64_t last_beat_ms;
static atomic_bool ready;

void health_beat(int64_t now_ms)
{
    atomic_store_explicit(&last_beat_ms, now_ms, memory_order_relaxed);
}

void health_set_ready(bool is_ready)
{
    atomic_store_explicit(&ready, is_ready, memory_order_relaxed);
}

bool health_is_alive(int64_t now_ms)
{
    int64_t beat_ms = atomic_load_explicit(&last_beat_ms, memory_order_relaxed);

    return beat_ms != 0 && now_ms - beat_ms <= HEALTH_BEAT_MS_MAX;
}

bool health_is_ready(int64_t now_ms)
{
    return health_is_alive(now_ms) && atomic_load_explicit(&ready, memory_order_relaxed);
}
