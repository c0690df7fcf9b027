/* What the province says waits for a second person, believed only as far as it proves itself: the clerk's signature over the
 * envelope, the hashes under it, each change under its hash (docs/protocol.md#waiting). Rank 5. Pure. */
#ifndef CLIENT_LIB_WAITING_H
#define CLIENT_LIB_WAITING_H

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/record/schema.h"

struct Dantin__Waits;

enum { WAITING_ITEMS_MAX = 20000, WAITING_ARENA_BYTES_MAX = 256 << 20 };

/* A change that waits. Everything lies in the list's arena. */
struct waiting_item {
    struct id version;
    struct hash change_hash; /* what an approval names */
    struct hash device;      /* that submitted it */
    uint64_t position;
    int64_t server_time_ms;
    const struct kind_schema *schema; /* NULL: erased, or of a kind this program does not know */
    struct id record;
    bool is_removal;
    void *message; /* NULL for a removal, and when schema is */
};

struct waiting_list {
    struct arena arena;
    struct buf items; /* struct waiting_item, in order of position */
    /* Of the entry whose parts are coming. */
    uint64_t position;
    struct bytes hashes;
};

void waiting_list_init(struct waiting_list *list);
void waiting_list_release(struct waiting_list *list);
size_t waiting_list_count(const struct waiting_list *list);
const struct waiting_item *waiting_list_at(const struct waiting_list *list, size_t index);
/* Take one part. ERR_PROTOCOL: it does not prove itself. ERR_BAD_SIGNATURE. ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_CHECK enum err waiting_list_take(struct waiting_list *list, const struct Dantin__Waits *waits);

#endif
