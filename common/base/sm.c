/* Every move of every machine passes here. */
#include "common/base/sm.h"

#include <stddef.h>

#include "common/base/check.h"

void sm_init(struct sm *sm, const struct sm_table *table, unsigned state)
{
    REQUIRE(table->state_count <= SM_STATES_MAX);
    REQUIRE(state < table->state_count);
    sm->table = table;
    sm->state = state;
}

void sm_move(struct sm *sm, unsigned to)
{
    REQUIRE(to < sm->table->state_count);
    unsigned from = sm->state;
    REQUIRE((sm->table->states[from].may_move & SM_BIT(to)) != 0);
    sm->state = to;
    if (sm->table->on_moved != NULL) {
        sm->table->on_moved(sm->table, from, to);
    }
}

const char *sm_state_name(const struct sm *sm)
{
    return sm->table->states[sm->state].name;
}
