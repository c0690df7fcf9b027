/* Slots of nodes; a node further away than one rotation just stays in its slot when the wheel comes by. */
#include "server/net/wheel.h"

static void turn_slot(struct list *slot, int64_t now_ms, void (*on_due)(struct wheel_node *node));

void wheel_init(struct wheel *wheel, int64_t now_ms)
{
    for (unsigned i = 0; i < WHEEL_SLOTS; i++) {
        list_init(&wheel->slots[i]);
    }
    wheel->tick = now_ms / WHEEL_TICK_MS;
}

void wheel_node_init(struct wheel_node *node)
{
    list_init(&node->node);
    node->deadline_ms = INT64_MAX;
}

void wheel_set(struct wheel *wheel, struct wheel_node *node, int64_t deadline_ms)
{
    int64_t tick = 0;

    if (list_is_linked(&node->node) && node->deadline_ms == deadline_ms) {
        return;
    }
    list_remove(&node->node);
    node->deadline_ms = deadline_ms;
    if (deadline_ms == INT64_MAX) {
        return;
    }
    tick = deadline_ms / WHEEL_TICK_MS + 1;
    if (tick <= wheel->tick) {
        tick = wheel->tick + 1;
    }
    list_push_back(&wheel->slots[tick % WHEEL_SLOTS], &node->node);
}

void wheel_cancel(struct wheel_node *node)
{
    list_remove(&node->node);
    node->deadline_ms = INT64_MAX;
}

void wheel_turn(struct wheel *wheel, int64_t now_ms, void (*on_due)(struct wheel_node *node))
{
    int64_t tick = now_ms / WHEEL_TICK_MS;

    /* After a long silence one rotation visits everything. */
    if (tick - wheel->tick > WHEEL_SLOTS) {
        wheel->tick = tick - WHEEL_SLOTS;
    }
    while (wheel->tick < tick) {
        wheel->tick++;
        turn_slot(&wheel->slots[wheel->tick % WHEEL_SLOTS], now_ms, on_due);
    }
}

/* The slot is emptied aside first, so that a node set again meanwhile is not met twice. */
static void turn_slot(struct list *slot, int64_t now_ms, void (*on_due)(struct wheel_node *node))
{
    struct list aside;
    struct list *first = NULL;

    list_init(&aside);
    while ((first = list_first(slot)) != NULL) {
        list_remove(first);
        list_push_back(&aside, first);
    }
    while ((first = list_first(&aside)) != NULL) {
        struct wheel_node *node = LIST_ENTRY(first, struct wheel_node, node);

        list_remove(first);
        if (node->deadline_ms <= now_ms) {
            on_due(node);
        } else {
            list_push_back(slot, first);
        }
    }
}
