/* Is the server alive, and can it take work? Rank 3. Written by the loop's thread, read by the HTTP thread:
 * atomics only. */
#ifndef SERVER_OPS_HEALTH_H
#define SERVER_OPS_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum { HEALTH_BEAT_MS_MAX = 10000 }; /* a loop silent for longer is stuck */

/* The loop turns; monotonic ms. Called at least every second or so. */
void health_beat(int64_t now_ms);
/* Store connected, listening, not draining. */
void health_set_ready(bool is_ready);

bool health_is_alive(int64_t now_ms);
bool health_is_ready(int64_t now_ms);

#endif
