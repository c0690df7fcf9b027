/* A timer wheel: coarse deadlines of thousands of connections for the price of one uv_timer. Rank 8. No
 * libuv. A deadline fires at the first turn at or after it, so at most WHEEL_TICK_MS late. Setting and
 * cancelling are O(1). */
#ifndef SERVER_NET_WHEEL_H
#define SERVER_NET_WHEEL_H

#include <stdint.h>

#include "common/base/list.h"

enum { WHEEL_TICK_MS = 250, WHEEL_SLOTS = 512 };

struct wheel {
    struct list slots[WHEEL_SLOTS]; /* by tick of the deadline, modulo WHEEL_SLOTS */
    int64_t tick;                   /* the last one turned */
};

/* Lies in its owner. */
struct wheel_node {
    struct list node;
    int64_t deadline_ms;
};

void wheel_init(struct wheel *wheel, int64_t now_ms);
void wheel_node_init(struct wheel_node *node);
/* Set or move. INT64_MAX: never. */
void wheel_set(struct wheel *wheel, struct wheel_node *node, int64_t deadline_ms);
void wheel_cancel(struct wheel_node *node);
/* Call on_due for every node whose deadline has passed; each is off the wheel by then and may be set again or
 * freed. */
void wheel_turn(struct wheel *wheel, int64_t now_ms, void (*on_due)(struct wheel_node *node));

#endif
