/* Ingest over the model store, on virtual time: one province, two senders A and B, each with a cell. Tests
 * only. */
#ifndef TESTS_LIB_MODEL_WORLD_H
#define TESTS_LIB_MODEL_WORLD_H

#include "server/ingest/erased.h"
#include "server/ingest/ingest.h"
#include "tests/lib/builder.h"
#include "tests/lib/model_store.h"

enum { MODEL_WORLD_ANSWERS_MAX = 4096, MODEL_WORLD_NOW_MS = 1700000000 };

/* One offered submission and what came back; everything copied. */
struct model_answer {
    unsigned answer_count; /* how often it was answered: 0 or 1 unless something is broken */
    struct ingest_answer answer;
    enum err refused_early; /* by submission_prepare or ingest_submit; then there is no answer */
};

struct model_world {
    struct arena arena;
    struct store *store;
    struct ingest *ingest;
    struct erased *erased; /* what acts of erasure keep; NULL: nothing. The test's */
    struct signing_key *receipt_key;
    struct verify_key *receipt_verify;
    int64_t now_ms;
    void (*on_timer)(void *target);
    void *timer_target;
    int64_t timer_at_ms;
    struct model_answer *answers[MODEL_WORLD_ANSWERS_MAX];
    size_t answer_count;
    uint64_t next_id;
    struct builder_device province;
    struct builder_device a;
    struct builder_device b;
    struct id province_branch;
    struct id branch_a;
    struct id branch_b;
    struct id cell_a;
    struct id cell_b;
};

/* With the branches journalled: province, A, B by the province's device, the cells by their senders'. */
void model_world_open(struct model_world *world);
void model_world_close(struct model_world *world);
/* The same without any record yet. */
void model_world_open_empty(struct model_world *world);
/* Journal the branches above; five entries. */
void model_world_found(struct model_world *world);

/* Prepare and queue; nothing moves yet. The answer lives as long as the world. */
struct model_answer *model_world_offer(struct model_world *world, const struct builder_device *device,
                                       const struct builder_submission *submission);
/* Let the store and the timer run until nothing waits. */
void model_world_settle(struct model_world *world);
/* Seal, offer, settle. */
struct model_answer *model_world_submit(struct model_world *world, struct builder_device *device,
                                        const struct builder_change *changes, size_t change_count);
/* ... of one new record or one edit; base: NULL = new. */
struct model_answer *model_world_put(struct model_world *world, struct builder_device *device,
                                     enum record_kind kind, const struct id *record, const struct id *base,
                                     const void *message);
/* The verdict of a change: what the receipt lists, or plainly applied. */
struct verdict model_answer_verdict(const struct model_answer *answer, uint32_t index);

#endif
