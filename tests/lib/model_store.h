/* The functions of server/store/store.h in memory, with a virtual event loop and faults on demand. Tests
 * only; one thread.
 *
 * Calls only queue their work; model_store_step does the work of one call and runs its callback, never inside
 * the call that asked. So an argument freed too early is caught by the sanitizer, and a test decides when the
 * world moves on. A program links this or server/store, never both. */
#ifndef TESTS_LIB_MODEL_STORE_H
#define TESTS_LIB_MODEL_STORE_H

#include "common/base/buf.h"
#include "server/store/store.h"

struct store *model_store_new(void);
void model_store_free(struct store *store);

/* Do the oldest call that waits; false: none does. */
bool model_store_step(struct store *store);
/* Step until nothing waits. */
void model_store_run(struct store *store);
size_t model_store_waiting(const struct store *store);

/* last_sequence and so on are taken as given; spki_hash is what store_find_device finds it by. */
void model_store_add_device(struct store *store, const struct hash *spki_hash,
                            const struct store_device *device);
struct store_device *model_store_device(struct store *store, const struct hash *device);
/* Flags and times may be set at will. */
struct store_head *model_store_head(struct store *store);
void model_store_set_ready(struct store *store, bool is_ready);

/* A ticket as the database would hold it. */
void model_store_add_ticket(struct store *store, uint32_t number, const struct hash *code_hash);
/* What becomes of the key that used it. */
void model_store_decide_ticket(struct store *store, uint32_t number, enum store_enrolment state);

/* ---- faults: the countdown-th call from now (1: the next) fails, once
 * -------------------------------------------- */

enum model_call {
    MODEL_LOCK, /* of store_group_waiting */
    MODEL_OPEN,
    MODEL_COMMIT,
    MODEL_FIND_BODIES,
    MODEL_FIND_PROOFS,
    MODEL_QUARANTINE,
    MODEL_FIND_DEVICE,
    MODEL_FIND_CHECKPOINT,
    MODEL_MARK_ROLLED_BACK,
    MODEL_QUERY,
    MODEL_FIND_WAITING, /* and of store_find_outcomes */
    MODEL_ENROL,
    MODEL_FIND_ACTS,
    MODEL_PUT_COSIGNATURE,
    MODEL_FIND_SEAL,
    MODEL_CALL_COUNT
};

/* The device goes on under another key, as a change of key in the journal makes it. */
void model_store_change_key(struct store *store, const struct hash *device, const uint8_t *public_key,
                            uint64_t from_sequence);
/* err: what the callback gets; nothing is stored. */
void model_store_fail(struct store *store, enum model_call call, unsigned countdown, enum err err);
/* A commit whose result is lost (ERR_UNKNOWN_COMMIT): it happened, or it did not. */
void model_store_lose_commit(struct store *store, unsigned countdown, bool is_stored);
/* Every commit that holds a version of this member fails with ERR_RULE; another kind under the same id does not. */
void model_store_refuse_record(struct store *store, const struct id *record);
/* Every request for facts about this record fails with ERR_RULE. */
void model_store_refuse_facts(struct store *store, const struct id *record);
/* Every commit that holds an entry of this envelope fails with ERR_RULE, whatever its verdicts. */
void model_store_refuse_envelope(struct store *store, const struct hash *envelope_hash);

/* ---- looking inside
 * ---------------------------------------------------------------------------------------------- */

size_t model_store_commits(const struct store *store);
size_t model_store_entry_count(const struct store *store);
const struct store_entry *model_store_entry(const struct store *store, size_t index);
/* The checkpoint of that size in the present epoch; at == NULL: none. */
struct bytes model_store_note(const struct store *store, uint64_t size);
/* Server time of the entry. */
int64_t model_store_entry_time(const struct store *store, size_t index);
/* The newest version of a record; NULL: none. */
/* How many changes that waited came to this verdict; rule NULL: any. VERDICT_WAITING: still wait. */
size_t model_store_decided(const struct store *store, enum verdict_code code, const char *rule);
const struct store_version *model_store_current(const struct store *store, enum record_kind kind,
                                                const struct id *record);
/* Journal, versions and devices as text, one line each: equal states give equal texts. Without times, so
 * without leaves. */
void model_store_dump(const struct store *store, struct buf *out);

/* ---- queries
 * ----------------------------------------------------------------------------------------------------- */

/* What every query is answered with: cells row by row, NULL = not available. Borrowed; nothing set:
 * ERR_NOT_FOUND. */
void model_store_set_answer(struct store *store, const struct store_column *columns, size_t column_count,
                            const char *const *cells, size_t row_count);
/* Memory that every answer from now on is said to hold. */
void model_store_set_answer_bytes(struct store *store, size_t bytes);
/* The newest query asked. Valid while the caller of store_query_run keeps it. */
const struct store_query *model_store_last_query(const struct store *store);

#endif
