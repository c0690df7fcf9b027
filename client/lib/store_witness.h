/* The client's store: what the client keeps as a witness of the journal. Rank 4. Writers want an open transaction; views
 * live in the arena given. Meaning of the tables: sql/client/migrations/0002_witness.sql. */
#ifndef CLIENT_LIB_STORE_WITNESS_H
#define CLIENT_LIB_STORE_WITNESS_H

#include "client/lib/store.h"

enum store_standing { STORE_CHECKPOINT_UNPROVED, STORE_CHECKPOINT_PROVED, STORE_CHECKPOINT_LEFT_BEHIND };

struct store_checkpoint {
    struct id epoch;
    uint64_t size;
    enum store_standing standing;
    struct bytes note;   /* as received, with the log's signature */
    struct bytes sealed; /* with the cosignatures of a quorum; at == NULL: not sealed */
};

/* One that is there keeps its note; unproved becomes proved. */
MUST_CHECK enum err store_checkpoint_put(struct store *store, const struct store_checkpoint *checkpoint);
/* ERR_NOT_FOUND, as the next five. */
MUST_CHECK enum err store_checkpoint_get(struct store *store, const struct id *epoch, uint64_t size,
                                         struct arena *arena, struct store_checkpoint *ret_checkpoint);
/* The largest that counts, of any epoch. */
MUST_CHECK enum err store_checkpoint_newest(struct store *store, struct arena *arena,
                                            struct store_checkpoint *ret_checkpoint);
/* The largest that is proved. */
MUST_CHECK enum err store_checkpoint_newest_proved(struct store *store, struct arena *arena,
                                                   struct store_checkpoint *ret_checkpoint);
/* The largest of the epoch up to this size that counts. */
MUST_CHECK enum err store_checkpoint_at_most(struct store *store, const struct id *epoch, uint64_t size,
                                             struct arena *arena, struct store_checkpoint *ret_checkpoint);
/* The largest sealed one that counts; the smallest that holds a position. */
MUST_CHECK enum err store_checkpoint_sealed(struct store *store, struct arena *arena,
                                            struct store_checkpoint *ret_checkpoint);
MUST_CHECK enum err store_checkpoint_sealed_over(struct store *store, uint64_t position, struct arena *arena,
                                                 struct store_checkpoint *ret_checkpoint);
/* At most `max` that are not proved yet and smaller than `below`, the largest first. */
MUST_CHECK enum err store_checkpoint_unproved(struct store *store, uint64_t below, struct arena *arena,
                                              struct store_checkpoint *ret_checkpoints, size_t max,
                                              size_t *ret_count);
MUST_CHECK enum err store_checkpoint_seal(struct store *store, const struct id *epoch, uint64_t size,
                                          struct bytes sealed);
/* A newer epoch kept `size` entries of this one: checkpoints and receipts beyond count no more. */
MUST_CHECK enum err store_leave_behind(struct store *store, const struct id *epoch, uint64_t size);
/* Submissions none of whose receipts counts. */
MUST_CHECK enum err store_receipts_left_behind(struct store *store, uint64_t *ret_count);

/* Keys the log had, the one in force first; *ret_count of at most `max`. */
enum { STORE_LOG_KEYS_MAX = 16 };
MUST_CHECK enum err store_log_keys(struct store *store, uint8_t (*ret_keys)[SIGN_PUBLIC_KEY_BYTES],
                                   size_t max, size_t *ret_count);
/* From now on this one is in force. */
MUST_CHECK enum err store_log_key_put(struct store *store, const uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]);

struct store_cosignature {
    struct id epoch;
    uint64_t size;
    struct hash text_hash;
    struct bytes line; /* the signature line, with its newline */
    bool is_taken;     /* the server said so */
};
/* ERR_NOT_FOUND. */
MUST_CHECK enum err store_cosignature_get(struct store *store, const struct id *epoch, uint64_t size,
                                          struct arena *arena, struct store_cosignature *ret_cosignature);
/* ERR_STORE: there is one of this epoch and size. */
MUST_CHECK enum err store_cosignature_put(struct store *store, const struct store_cosignature *cosignature);
MUST_CHECK enum err store_cosignature_set_taken(struct store *store, const struct id *epoch, uint64_t size);

struct store_witness {
    struct hash device;
    struct id sender;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    uint64_t position; /* of the entry that gave it the key */
};
MUST_CHECK enum err store_witness_put(struct store *store, const struct store_witness *witness);
/* ERR_NOT_FOUND. */
MUST_CHECK enum err store_witness_get(struct store *store, const struct hash *device,
                                      struct store_witness *ret_witness);
MUST_CHECK enum err store_witness_drop(struct store *store, const struct hash *device);
MUST_CHECK enum err store_witness_clear(struct store *store);
/* All known, in `arena`. ERR_TOO_BIG: past STORE_WITNESSES_MAX. */
enum { STORE_WITNESSES_MAX = 4096 };
MUST_CHECK enum err store_witnesses(struct store *store, struct arena *arena,
                                    const struct store_witness **ret_witnesses, size_t *ret_count);

struct store_alarm {
    uint64_t number;
    int64_t time_ms;
    unsigned fault;           /* enum witness_fault */
    struct bytes held, shown; /* notes; at == NULL: none */
    int64_t acknowledged_ms;  /* 0: not yet */
};
/* *ret_number 0: the same is there and nobody acknowledged it. */
MUST_CHECK enum err store_alarm_put(struct store *store, const struct store_alarm *alarm,
                                    uint64_t *ret_number);
/* Newest first; return false to stop. Views are valid during the call. */
MUST_CHECK enum err store_alarm_each(struct store *store,
                                     bool (*on_alarm)(void *context, const struct store_alarm *alarm),
                                     void *context);
/* How many nobody acknowledged. */
MUST_CHECK enum err store_alarm_open(struct store *store, uint64_t *ret_count);
/* A person looked at all of them: checkpoints no quorum sealed do not bind the server any more. */
MUST_CHECK enum err store_alarm_acknowledge(struct store *store, int64_t now_ms);

#endif
