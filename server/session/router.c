/* A short table, walked. */
#include "server/session/router.h"

const struct route *router_find(const struct router *router, uint16_t type)
{
    for (size_t i = 0; i < router->route_count; i++) {
        if (router->routes[i].type == type) {
            return &router->routes[i];
        }
    }
    return NULL;
}
