/* A set of pairs. */
#include "server/ingest/refused.h"

#include "common/base/hash_table.h"

struct refused_key {
    struct hash device;
    struct id record;
};

struct refused_record {
    struct refused_key key;
    UT_hash_handle hh;
};

_Static_assert(sizeof(struct refused_key) == HASH_BYTES + ID_BYTES, "hashed as bytes");

void refused_init(struct refused *refused, struct arena *arena)
{
    *refused = (struct refused){.arena = arena};
}

void refused_release(struct refused *refused)
{
    HASH_CLEAR(hh, refused->records);
    *refused = (struct refused){0};
}

enum err refused_add(struct refused *refused, const struct hash *device, const struct id *record)
{
    if (refused_has(refused, device, record)) {
        return ERR_OK;
    }
    struct refused_record *added = arena_zalloc(refused->arena, 1, sizeof *added);
    if (added == NULL) {
        return ERR_TOO_BIG;
    }
    added->key = (struct refused_key){.device = *device, .record = *record};
    HASH_ADD(hh, refused->records, key, sizeof added->key, added);
    return hash_table_added(&added->hh, refused->arena) ? ERR_OK : ERR_TOO_BIG;
}

bool refused_has(const struct refused *refused, const struct hash *device, const struct id *record)
{
    const struct refused_key key = {.device = *device, .record = *record};
    const struct refused_record *found = NULL;
    HASH_FIND(hh, refused->records, &key, sizeof key, found);
    return found != NULL;
}
