/* What the files of the judge share; nobody else includes it. Rank 5. */
#ifndef SERVER_INGEST_JUDGE_PRIVATE_H
#define SERVER_INGEST_JUDGE_PRIVATE_H

#include "server/ingest/check.h"
#include "server/ingest/judge.h"

/* How far a device is after the members judged so far. */
struct device_state {
    const struct store_device *device;
    uint64_t last_sequence;
    struct hash last_envelope_hash;
    uint8_t public_key[SIGN_PUBLIC_KEY_BYTES]; /* whose the next entry has to be */
    bool is_quarantined;
};

struct judge {
    struct world *world;
    const struct store_facts *facts;
    struct submission *const *members;
    size_t member_count;
    struct judgement *judgement;
    struct store_version *versions;
    struct store_waiting *waiting;
    struct store_outcome *outcomes;
    struct store_act *acts;
    struct device_state *devices;
    size_t device_count;
};

/* judge.c */
/* The change takes effect at the position of the entry being judged, as a version by this device. */
void judge_add_version(struct judge *judge, const struct hash *device,
                       const struct submission_change *change);
/* While refilling: the submission's device told of this record in vain. ERR_TOO_BIG: arena. */
MUST_CHECK enum err judge_note_refused(struct judge *judge, const struct submission *submission,
                                       const struct id *record);

/* judge_approvals.c */
/* Every approval of the context's submission, in order. ERR_TOO_BIG: arena. */
MUST_CHECK enum err judge_approvals(struct judge *judge, const struct check_context *context,
                                    struct verdict *verdicts);

/* judge_acts.c */
/* Every act of the member, or its change of key. ERR_TOO_BIG: more than a group may hold; alone each member fits. */
MUST_CHECK enum err judge_acts(struct judge *judge, size_t member_index, struct verdict *verdicts);

#endif
