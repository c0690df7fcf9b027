/* From judgements to answers: what each asker is told, and which bodies go along with conflicts. Rank 5.
 * Pure. */
#ifndef SERVER_INGEST_ANSWER_H
#define SERVER_INGEST_ANSWER_H

#include "server/ingest/ingest.h"
#include "server/ingest/judge.h"

enum {
    ANSWER_BODIES_MAX = 256,            /* of one receipt */
    ANSWER_BODY_BYTES_MAX = 128 * 1024, /* of one receipt, so that it stays below its message's maximum */
    ANSWER_RETRY_AFTER_MS = 5000,
};

struct answer_set {
    struct ingest_answer *answers; /* one per member */
    size_t answer_count;
    /* Records whose current content goes along, in scope of their asker; to be asked of the store. */
    const struct store_record_key *wanted;
    const struct hash *wanted_devices; /* parallel: whom it goes to */
    struct ingest_verdict **wanted_by; /* parallel */
    const size_t *wanted_answers;      /* parallel: index of the answer */
    size_t wanted_count;
    /* Receipts given before, whose proofs are to be asked of the store. */
    const struct store_proof_request *proofs;
    const size_t *proof_answers; /* parallel: index of the answer */
    size_t proof_count;
};

/* checkpoint: the note signed of this group, borrowed as long as the set. Everything lies in the world's arena. ERR_TOO_BIG:
 * arena. */
MUST_CHECK enum err answer_build(const struct world *world, struct submission *const *members,
                                 size_t member_count, const struct judgement *judgement,
                                 struct bytes checkpoint, struct answer_set *ret_set);
/* bodies: one per wanted record, borrowed as long as the set. */
void answer_set_bodies(struct answer_set *set, const struct bytes *bodies);

/* proofs: one per request; borrowed as long as the set. Where there is none the answer becomes an error: ask again. */
void answer_set_proofs(struct answer_set *set, const struct store_proof *proofs);

struct ingest_answer answer_of_error(enum err err);
void answer_incident(const struct hash *envelope_hash, char ret_incident[INGEST_INCIDENT_BYTES]);

#endif
