/* One list per record that is asked about. */
#include "server/ingest/referrers.h"

#include "common/base/hash_table.h"

struct referrers_key {
    uint32_t kind;
    struct id record;
};

struct referrers_of_one {
    struct referrers_key key;
    const struct referrer *first;
    UT_hash_handle hh;
};

_Static_assert(sizeof(struct referrers_key) == sizeof(uint32_t) + ID_BYTES, "hashed as bytes");

static struct referrers_of_one *find(const struct referrers *referrers, enum record_kind kind,
                                     const struct id *record);

void referrers_init(struct referrers *referrers, struct arena *arena)
{
    *referrers = (struct referrers){.arena = arena};
}

void referrers_release(struct referrers *referrers)
{
    HASH_CLEAR(hh, referrers->records);
    *referrers = (struct referrers){0};
}

enum err referrers_ask(struct referrers *referrers, enum record_kind kind, const struct id *record,
                       bool *ret_is_new)
{
    bool is_new = find(referrers, kind, record) == NULL;
    if (is_new) {
        struct referrers_of_one *added = arena_zalloc(referrers->arena, 1, sizeof *added);
        if (added == NULL) {
            return ERR_TOO_BIG;
        }
        added->key = (struct referrers_key){.kind = kind, .record = *record};
        HASH_ADD(hh, referrers->records, key, sizeof added->key, added);
        if (!hash_table_added(&added->hh, referrers->arena)) {
            return ERR_TOO_BIG;
        }
    }
    *ret_is_new = is_new;
    return ERR_OK;
}

enum err referrers_add(struct referrers *referrers, enum record_kind kind, const struct id *record,
                       enum record_kind from_kind, const struct id *from)
{
    struct referrers_of_one *asked = find(referrers, kind, record);
    if (asked == NULL) {
        return ERR_OK;
    }
    struct referrer *added = arena_zalloc(referrers->arena, 1, sizeof *added);
    if (added == NULL) {
        return ERR_TOO_BIG;
    }
    *added = (struct referrer){.next = asked->first, .kind = from_kind, .record = *from};
    asked->first = added;
    return ERR_OK;
}

const struct referrer *referrers_of(const struct referrers *referrers, enum record_kind kind,
                                    const struct id *record)
{
    const struct referrers_of_one *asked = find(referrers, kind, record);
    return asked == NULL ? NULL : asked->first;
}

static struct referrers_of_one *find(const struct referrers *referrers, enum record_kind kind,
                                     const struct id *record)
{
    struct referrers_key key = {.kind = kind, .record = *record};
    struct referrers_of_one *found = NULL;
    HASH_FIND(hh, referrers->records, &key, sizeof key, found);
    return found;
}
