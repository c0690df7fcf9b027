/* Branches with fewer or more members than their kind should have, over the client's own store: rules cell.minimum_members,
 * grassroots.below_30 and grassroots.from_30, which need the members of a branch. Rank 5. Blocking; the thread that holds the
 * store. */
#ifndef CLIENT_LIB_CELLS_H
#define CLIENT_LIB_CELLS_H

#include "client/lib/store.h"

enum cells_warning {
    CELLS_BELOW_MINIMUM,       /* a cell; official members count */
    CELLS_GRASSROOTS_BELOW_30, /* a grassroots committee; all members under it count */
    CELLS_GRASSROOTS_FROM_30,  /* a grassroots cell; all its members count */
    CELLS_WARNINGS
};

struct cells_counts {
    uint64_t members;                /* members known here, official today or not */
    uint64_t warned[CELLS_WARNINGS]; /* branches in force today */
};

/* Two scans of the store. on_branch (may be NULL) is told each branch that breaks a rule, in the order they came into the
 * store; its name is valid during the call. today: days since 1970-01-01 in Asia/Ho_Chi_Minh. ERR_NO_MEMORY: more
 * branches than CELLS_BYTES_MAX holds. */
MUST_CHECK enum err cells_warn(struct store *store, int32_t today,
                               void (*on_branch)(void *context, enum cells_warning warning, struct bytes name,
                                                 uint64_t members),
                               void *context, struct cells_counts *ret_counts);

#endif
