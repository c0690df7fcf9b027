/* Time. Rank 0. The core takes times as arguments; only composition roots and edges call these. */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_now_ms(void);
/* Milliseconds of a clock that never jumps; for deadlines only. */
int64_t clock_monotonic_ms(void);
/* Microseconds of the same clock; for measuring. */
int64_t clock_monotonic_us(void);

#endif
