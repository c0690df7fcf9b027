/* A set of pairs, each with a mark. */
#include "server/ingest/bases.h"

#include "common/base/hash_table.h"
#include "common/wire/envelope.h"
#include "common/wire/payload.h"

struct base_key {
    struct hash device;
    struct id version;
};

struct base {
    struct base_key key;
    bool is_unreadable;
    UT_hash_handle hh;
};

_Static_assert(sizeof(struct base_key) == HASH_BYTES + ID_BYTES, "hashed as bytes");

static struct base *find(const struct bases *bases, const struct hash *device, const struct id *version);

void bases_init(struct bases *bases, struct arena *arena)
{
    *bases = (struct bases){.arena = arena};
}

void bases_release(struct bases *bases)
{
    HASH_CLEAR(hh, bases->unknown);
    *bases = (struct bases){0};
}

enum err bases_ask(struct bases *bases, const struct hash *device, const struct id *version)
{
    if (find(bases, device, version) != NULL) {
        return ERR_OK;
    }
    struct base *base = arena_zalloc(bases->arena, 1, sizeof *base);
    if (base == NULL) {
        return ERR_TOO_BIG;
    }
    base->key = (struct base_key){.device = *device, .version = *version};
    HASH_ADD(hh, bases->unknown, key, sizeof base->key, base);
    return hash_table_added(&base->hh, bases->arena) ? ERR_OK : ERR_TOO_BIG;
}

void bases_note_uncounted(struct bases *bases, const struct hash *device, const struct hash *envelope_hash)
{
    for (uint32_t i = 0; bases->unknown != NULL && i < PAYLOAD_CHANGES_MAX; i++) {
        struct id version = version_name(envelope_hash, i);
        struct base *base = find(bases, device, &version);
        if (base != NULL) {
            base->is_unreadable = true;
        }
    }
}

bool bases_is_unreadable(const struct bases *bases, const struct hash *device, const struct id *version)
{
    const struct base *base = find(bases, device, version);
    return base != NULL && base->is_unreadable;
}

static struct base *find(const struct bases *bases, const struct hash *device, const struct id *version)
{
    const struct base_key key = {.device = *device, .version = *version};
    struct base *found = NULL;
    HASH_FIND(hh, bases->unknown, &key, sizeof key, found);
    return found;
}
