/* Changes that wait for a second person: those of the database that some approval of the group is about (and all that
 * wait of the same records), and those of the group so far. Rank 5. Pure; memory from the group's arena, and a hash table that
 * waiting_release frees. */
#ifndef SERVER_INGEST_WAITING_H
#define SERVER_INGEST_WAITING_H

#include "common/base/hash_table.h"
#include "server/ingest/submission.h"

struct waiting_change {
    struct id version;
    struct store_record_key key;
    struct hash device; /* that submitted it */
    struct id sender;
    struct hash change_hash;
    struct submission_change *change; /* NULL: it cannot be read, or nobody asked for it */
    bool is_of_group;                 /* submitted in this group: `change` is the submission's */
    size_t record_index;              /* of the facts about it among the request's records */
    bool is_decided;
    UT_hash_handle hh;
};

struct waiting {
    struct arena *arena;
    struct waiting_change *changes; /* hash table by version; in the order added */
};

void waiting_init(struct waiting *waiting, struct arena *arena);
void waiting_release(struct waiting *waiting);
/* NULL: no such change. */
struct waiting_change *waiting_find(const struct waiting *waiting, const struct id *version);
/* change: copied but for the hash handle. ERR_TOO_BIG: arena. */
MUST_CHECK enum err waiting_add(struct waiting *waiting, const struct waiting_change *change);
/* One that still waits and was made from this version, or NULL. */
struct waiting_change *waiting_on(const struct waiting *waiting, const struct id *base);

#endif
