/* A journal in memory as its log key signs it: leaves, acts, checkpoints, paths; it can be forked. For tests of witnesses.
 * Tests only; whatever fails aborts. Memory is the arena's. */
#ifndef TESTS_LIB_LOG_WORLD_H
#define TESTS_LIB_LOG_WORLD_H

#include "common/base/arena.h"
#include "common/crypto/checkpoint.h"
#include "common/wire/envelope.h"
#include "proto/journal.pb-c.h"
#include "proto/witness.pb-c.h"

enum { LOG_ENTRIES_MAX = 1024 };

/* An entry that can be proved; of a plain leaf only the leaf is known. */
struct log_entry {
    struct hash leaf;
    struct bytes note, proof; /* of the receipt it was given (client_world.c) in `epoch`; at == NULL: none */
    struct id epoch;
    Dantin__ProvenEntry *proven; /* without its path; NULL: a plain leaf */
};

struct log_world {
    struct arena *arena;
    struct signing_key *key;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES];
    struct hash device; /* of the log: its first key's */
    struct id epoch;
    uint64_t size;
    uint64_t sequence;
    struct log_entry entries[LOG_ENTRIES_MAX];
};

/* first: the first byte of key and epoch. */
void log_open(struct log_world *log, struct arena *arena, uint8_t first);
void log_close(struct log_world *log);
/* The same journal up to `size`, to go on otherwise; it has its own copy of the key. */
void log_fork(struct log_world *fork, const struct log_world *log, uint64_t size);

/* The position it got. Leaves of other contents differ. */
uint64_t log_append(struct log_world *log, uint64_t content);
uint64_t log_append_leaf(struct log_world *log, const struct hash *leaf);
uint64_t log_append_act(struct log_world *log, const Dantin__Act *act);
/* An item of a device, signed by its key. */
uint64_t log_append_item(struct log_world *log, const struct hash *device, const struct signing_key *key,
                         uint16_t content, uint64_t sequence, struct bytes item);
/* Open an epoch that continues what is there. */
uint64_t log_append_epoch(struct log_world *log, const struct id *epoch);
/* Another log key from now on; the act is signed by `signer`, the key so far if NULL. */
uint64_t log_append_key(struct log_world *log, uint8_t first, const struct signing_key *signer);
uint64_t log_append_device(struct log_world *log, const struct signing_key *key, const struct id *sender);
/* What a new key signs to show that it is held. */
void log_possession(const struct signing_key *key, const struct hash *device, uint64_t sequence,
                    uint8_t ret_signature[SIGN_SIGNATURE_BYTES]);

struct hash log_root(const struct log_world *log, uint64_t size);
struct bytes log_note(const struct log_world *log, uint64_t size);
struct bytes log_inclusion(const struct log_world *log, uint64_t position, uint64_t size);
struct bytes log_consistency(const struct log_world *log, uint64_t old_size, uint64_t size);
/* With its path in the tree of that size. */
Dantin__ProvenEntry *log_proven(const struct log_world *log, uint64_t position, uint64_t size);

#endif
