/* A hash table that keeps its order. */
#include "server/ingest/waiting.h"

void waiting_init(struct waiting *waiting, struct arena *arena)
{
    *waiting = (struct waiting){.arena = arena};
}

void waiting_release(struct waiting *waiting)
{
    HASH_CLEAR(hh, waiting->changes);
    *waiting = (struct waiting){0};
}

struct waiting_change *waiting_find(const struct waiting *waiting, const struct id *version)
{
    struct waiting_change *found = NULL;
    HASH_FIND(hh, waiting->changes, version, sizeof *version, found);
    return found;
}

enum err waiting_add(struct waiting *waiting, const struct waiting_change *change)
{
    struct waiting_change *added = arena_zalloc(waiting->arena, 1, sizeof *added);
    if (added == NULL) {
        return ERR_TOO_BIG;
    }
    *added = *change;
    HASH_ADD(hh, waiting->changes, version, sizeof added->version, added);
    return hash_table_added(&added->hh, waiting->arena) ? ERR_OK : ERR_TOO_BIG;
}

struct waiting_change *waiting_on(const struct waiting *waiting, const struct id *base)
{
    for (struct waiting_change *change = waiting->changes; change != NULL; change = change->hh.next) {
        if (!change->is_decided && id_equal(&change->key.base, base)) {
            return change;
        }
    }
    return NULL;
}
