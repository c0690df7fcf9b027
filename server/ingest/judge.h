/* The judge: facts and prepared submissions in, verdicts, versions and journal entries out. Rank 5. Pure: no
 * clock, no store, no key; the same input gives the same output.
 *
 * Submissions are judged in the order given (one that came before its predecessor: right after it), each
 * change in list order against the state the earlier ones left, so that grouping never changes a verdict. */
#ifndef SERVER_INGEST_JUDGE_H
#define SERVER_INGEST_JUDGE_H

#include "server/ingest/world.h"

enum judged_kind {
    JUDGED_ERROR,  /* answered with an error; nothing is decided */
    JUDGED_REPEAT, /* journalled before: the first receipt again */
    JUDGED_ENTRY,  /* gets the next position */
};

struct judged {
    enum judged_kind kind;
    enum err err;                              /* JUDGED_ERROR */
    bool must_quarantine;                      /* ... with ERR_CLONED, and the device is not yet marked */
    const struct store_journalled *journalled; /* JUDGED_REPEAT of an earlier group; NULL: of this group */
    size_t entry_index;                        /* JUDGED_ENTRY, and JUDGED_REPEAT of this group */
};

struct judgement {
    struct judged *judged; /* one per member */
    /* Ready to commit but for the signatures. group.entries are these entries. */
    struct store_group group;
    const struct merkle_batch *tree; /* their leaves, appended to the head's tree; NULL: no entry */
    struct store_entry *entries;
    int32_t today;
    size_t changes_applied;
    size_t changes_waiting;
    size_t changes_conflict;
    size_t changes_refused;
};

/* world: collected for exactly these submissions and loaded with `facts`. now_ms: the clock; server time is never
 * below the newest entry's. ret_judgement lies in the world's arena. ERR_TOO_BIG: arena. */
MUST_CHECK enum err judge_group(struct world *world, struct submission *const *members, size_t member_count,
                                int64_t now_ms, struct judgement *ret_judgement);

#endif
