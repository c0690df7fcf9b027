/* The two clocks of the system. */
#include "common/base/clock.h"

#include <time.h>

#include "common/base/check.h"

static struct timespec read_clock(clockid_t id)
{
    struct timespec now = {0};
    int result = clock_gettime(id, &now);
    ENSURE(result == 0);
    return now;
}

int64_t clock_now_ms(void)
{
    struct timespec now = read_clock(CLOCK_REALTIME);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
