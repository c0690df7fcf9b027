/* Inside of the model store: the state, and the work behind each call. Tests only. */
#ifndef TESTS_LIB_MODEL_INTERNAL_H
#define TESTS_LIB_MODEL_INTERNAL_H

#include "server/store/store_waiting.h"
#include "server/store/store_witness.h"
#include "tests/lib/model_store.h"

enum {
    MODEL_ARENA_BYTES_MAX = 1 << 30,
    MODEL_DEVICES_MAX = 1024,
    MODEL_POISONS_MAX = 64,
    MODEL_TICKETS_MAX = 16,
    MODEL_COSIGNATURES_MAX = 256
};

enum { MODEL_KEYS_MAX = 8 };

struct model_key {
    uint8_t public_key[32];
    uint64_t from_sequence;
};

struct model_device {
    struct hash spki_hash;
    struct store_device device;
    struct model_key keys[MODEL_KEYS_MAX]; /* the last one is the present one */
    size_t key_count;
};

struct model_version {
    struct store_version version; /* message: our own copy */
    struct bytes body;            /* packed; at == NULL for a removal */
    uint64_t until;               /* UINT64_MAX: current */
};

struct model_entry {
    struct store_entry entry; /* everything copied */
    struct id epoch;
    int64_t server_time_ms;
};

struct model_checkpoint {
    struct id epoch;
    uint64_t size;
    struct bytes note; /* copied */
};

struct model_waiting {
    struct store_waiting waiting; /* change: our own copy */
    struct store_outcome outcome; /* meant when it is decided */
};

struct model_ticket {
    uint32_t number;
    struct hash code_hash;
    unsigned wrong_codes;
    bool is_used;
    uint8_t public_key[32];
    enum store_enrolment state; /* of a used one, or EXPIRED */
};

struct model_fault {
    unsigned countdown; /* 0: none */
    enum err err;
    bool is_stored; /* a lost commit that happened */
};

struct model_call_waiting;

struct store {
    struct arena arena;
    struct store_head head;
    struct store_tree tree;
    struct model_checkpoint *checkpoints; /* one per commit, oldest first */
    size_t checkpoint_count;
    size_t checkpoint_room;
    struct bytes log_keys; /* what tests say of older ones; borrowed */
    struct store_cosignature cosignatures[MODEL_COSIGNATURES_MAX]; /* lines: our own copies */
    size_t cosignature_count;
    bool is_ready;
    bool is_group_open;
    bool is_group_locked;
    size_t commits;
    struct model_device devices[MODEL_DEVICES_MAX];
    size_t device_count;
    struct model_entry *entries;
    size_t entry_count;
    size_t entry_room;
    struct model_version *versions; /* in order of position */
    size_t version_count;
    size_t version_room;
    struct model_waiting *waiting_changes;
    size_t waiting_change_count;
    size_t waiting_change_room;
    struct model_ticket tickets[MODEL_TICKETS_MAX];
    size_t ticket_count;
    struct model_fault faults[MODEL_CALL_COUNT];
    struct id refused_records[MODEL_POISONS_MAX];
    size_t refused_record_count;
    struct id unreadable_record; /* none: all facts can be read */
    struct hash refused_envelopes[MODEL_POISONS_MAX];
    size_t refused_envelope_count;
    struct model_call_waiting *first;
    struct model_call_waiting *last;
    size_t waiting;
    uint64_t request_number;
    const struct store_query *last_query;
    const struct store_column *columns;
    size_t column_count;
    const char *const *cells;
    size_t row_count;
    size_t answer_bytes;
};

/* The work of store_enrol. */
enum store_enrolment model_enrol(struct store *store, const struct store_enrolment_request *request);

/* ERR_OK unless a fault of this call is due now. */
enum err model_fault_due(struct store *store, enum model_call call, bool *ret_is_stored);

struct model_version *model_current(const struct store *store, enum record_kind kind,
                                    const struct id *record);
void model_facts(struct store *store, const struct store_facts_request *request, struct arena *arena,
                 struct store_facts *ret_facts);
void model_apply_waiting(struct store *store, const struct store_waiting *waiting);
void model_apply_outcome(struct store *store, const struct store_outcome *outcome);
/* What the base came to that waited, or that it waits; untouched when it is no such change. */
void model_waiting_base(const struct store *store, const struct store_record_key *key,
                        struct store_record_fact *fact);
/* What store_find_waiting and store_find_outcomes answer. ERR_NOT_FOUND. */
enum err model_waiting_entry(struct store *store, const struct id *sender, uint64_t from_position,
                             struct arena *arena, struct store_waiting_entry *ret_entry);
void model_decided(const struct store *store, const struct id *sender, const struct id *versions,
                   size_t version_count, struct arena *arena, const struct store_decided **ret_decided,
                   size_t *ret_count);
/* What store_group_waiting answers. */
void model_waiting(const struct store *store, const struct id *versions, size_t version_count,
                   struct arena *arena, const struct store_waiting **ret_waiting, size_t *ret_count);
/* Would the database refuse this data? */
bool model_refuses(const struct store *store, const struct store_group *group);
/* note: what was signed about the group. */
void model_apply(struct store *store, const struct store_group *group, struct bytes note);
/* NULL: no such device. */
struct model_device *model_device(struct store *store, const struct hash *device);
void model_apply_act(struct store *store, const struct store_act *act);
void model_keep_checkpoint(struct store *store, struct bytes note);
/* The group's entries, "read back". In the arena. */
const struct store_written *model_written(const struct store_group *group, struct arena *arena);
struct store_proof model_prove(const struct store *store, const struct store_proof_request *request);

/* Who witnesses: acts that were applied as a whole; a cosignature, and what to gather on; the newest sealed checkpoint. */
void model_find_acts(const struct store *store, uint64_t from, uint64_t below, struct arena *arena,
                     const struct store_act_entry **ret_acts, size_t *ret_count);
void model_put_cosignature(struct store *store, const struct store_cosignature *cosignature,
                           struct store_told_checkpoint *ret_told);
void model_find_seal(struct store *store, uint64_t above, uint64_t up_to,
                     struct store_told_checkpoint *ret_told);

#endif
