/* The part of the store that tells what waits for a second person and what became of it; contract: store.h. Rank 4. */
#ifndef SERVER_STORE_STORE_WAITING_H
#define SERVER_STORE_STORE_WAITING_H

#include "server/store/store.h"

enum { STORE_OUTCOMES_MAX = 64 }; /* asked for at once: each may open a payload */

/* An entry that holds changes that wait. */
struct store_waiting_entry {
    uint64_t position;
    int64_t server_time_ms;
    uint8_t public_key[32]; /* of the device that submitted it, as it is now */
    struct bytes envelope;
    struct bytes signature;
    struct bytes payload_zstd;
    const uint32_t *indexes; /* of the changes that wait, ascending */
    size_t count;
};

/* The first such entry of a sender at or after a position; it lies in `arena`. ERR_NOT_FOUND: there is none. It holds the contents of
 * records: that `device` is given them is noted in the log of reads before it is, or it is not given. */
void store_find_waiting(struct store *store, const struct hash *device, const struct id *sender,
                        uint64_t from_position, struct arena *arena,
                        void (*on_entry)(void *context, enum err err,
                                         const struct store_waiting_entry *entry),
                        void *context);

struct store_decided {
    struct id version;
    struct verdict verdict;
    uint64_t position; /* of the approval that decided, and its place in it */
    uint32_t index;
    int64_t server_time_ms;
    struct hash device;
    struct bytes payload_zstd; /* of the approval, when it is a rejection; at == NULL: none */
};

/* What became of changes of a sender, at most STORE_OUTCOMES_MAX asked for; those that wait or never waited are missing. They
 * lie in `arena`. */
void store_find_outcomes(struct store *store, const struct id *sender, const struct id *versions,
                         size_t version_count, struct arena *arena,
                         void (*on_outcomes)(void *context, enum err err, const struct store_decided *decided,
                                             size_t count),
                         void *context);

#endif
