/* State machines checked by a table. Rank 0.
 * A machine is an enum of at most SM_STATES_MAX states and, per state, the set of states it may move to. */
#ifndef COMMON_BASE_SM_H
#define COMMON_BASE_SM_H

#include <stdbool.h>
#include <stdint.h>

enum { SM_STATES_MAX = 32 };

#define SM_BIT(state) (1U << (unsigned)(state))

struct sm_state {
    const char *name;  /* lower case, for logs and metrics */
    uint32_t may_move; /* SM_BIT of every state it may move to */
    bool is_final;
};

struct sm_table {
    const char *name;
    const struct sm_state *states; /* indexed by state */
    unsigned state_count;
    /* Called on every move when not NULL (metrics, trace). */
    void (*on_moved)(const struct sm_table *table, unsigned from, unsigned to);
};

struct sm {
    const struct sm_table *table;
    unsigned state;
};

void sm_init(struct sm *sm, const struct sm_table *table, unsigned state);
/* Move; a move the table does not allow is our own bug and aborts. */
void sm_move(struct sm *sm, unsigned to);
const char *sm_state_name(const struct sm *sm);

#endif
