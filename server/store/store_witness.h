/* What witnesses ask of the store: entries about devices, and cosignatures. A part of store.h, whose rules hold here too. Rank 4. */
#ifndef SERVER_STORE_STORE_WITNESS_H
#define SERVER_STORE_STORE_WITNESS_H

#include "server/store/store.h"

/* An entry that is an act or a change of a key. Views into the arena. */
struct store_act_entry {
    uint64_t position;
    struct bytes envelope, signature, payload_zstd;
    int64_t server_time_ms;
    struct hash verdict_hash;
};

enum { STORE_ACT_ENTRIES_MAX = 64 };

/* At most STORE_ACT_ENTRIES_MAX of them from a position on and below another, in `arena`. */
void store_find_acts(struct store *store, uint64_t from, uint64_t below, struct arena *arena,
                     void (*on_acts)(void *context, enum err err, const struct store_act_entry *acts,
                                     size_t act_count),
                     void *context);

struct store_cosignature {
    struct id epoch;
    uint64_t size;
    struct hash device;
    struct bytes line; /* checked by the caller */
};
/* A checkpoint that is told: at == NULL: none. Valid during the callback. */
struct store_told_checkpoint {
    uint64_t size;
    struct bytes note;
};
/* Keep it. told: the smaller one on which witnesses gather, if this device did not sign it. */
void store_put_cosignature(struct store *store, const struct store_cosignature *cosignature,
                           void (*on_told)(void *context, enum err err,
                                           const struct store_told_checkpoint *told),
                           void *context);
/* The newest sealed checkpoint above a size and up to another, with its cosignatures. */
void store_find_seal(struct store *store, uint64_t above, uint64_t up_to,
                     void (*on_told)(void *context, enum err err, const struct store_told_checkpoint *told),
                     void *context);

#endif
