/* What people kept of the journal: receipts with their proofs (tlog-proof files) and checkpoints (notes). They are what shows
 * a journal that was rewritten and signed anew. Rank 4. */
#ifndef VERIFY_KEPT_H
#define VERIFY_KEPT_H

#include "common/crypto/proof.h"
#include "common/wire/receipt.h"
#include "verify/identity.h"

enum { KEPT_FILES_MAX = 4096 };

struct kept_item {
    const char *name; /* of the file, for sentences; borrowed */
    struct checkpoint checkpoint;
    struct buf note;
    bool is_receipt;
    uint64_t index; /* of a receipt */
    uint8_t leaf[LEAF_BYTES];
    bool is_void;     /* of an epoch that was left behind before this size */
    struct hash root; /* of the journal at the checkpoint's size */
    bool has_root;
    bool is_other_leaf; /* the journal has another entry there */
};

struct kept {
    struct kept_item *items; /* by ascending size */
    size_t count;
    size_t next;                 /* the first whose size was not reached yet */
    struct kept_item **receipts; /* by ascending index */
    size_t receipt_count;
    size_t next_receipt;
};

/* Read the files: receipts first, checkpoints after them. */
bool kept_read(struct kept *kept, const char *const *receipts, size_t receipt_count,
               const char *const *checkpoints, size_t checkpoint_count, struct fault *fault);
void kept_release(struct kept *kept);

/* The walk says: this entry's leaf bytes; the tree has this size and root. */
void kept_leaf(struct kept *kept, uint64_t position, struct bytes leaf);
void kept_tree(struct kept *kept, const struct merkle_frontier *frontier);

/* An epoch of the journal: its checkpoints count up to `end` entries (UINT64_MAX: the present one). */
struct kept_epoch {
    struct id id;
    uint64_t end;
};

/* After the walk: the log's signatures, and that the journal is the one they speak of. */
bool kept_judge(struct kept *kept, uint64_t size, const struct kept_epoch *epochs, size_t epoch_count,
                const struct identity *identity, struct fault *fault);

#endif
