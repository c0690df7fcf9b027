/* Cells with fewer official members than a cell needs (rule cell.minimum_members), over the client's own store.
 * Rank 5. Blocking; the thread that holds the store. */
#ifndef CLIENT_LIB_CELLS_H
#define CLIENT_LIB_CELLS_H

#include "client/lib/store.h"

struct cells_counts {
    uint64_t members;       /* members known here, official today or not */
    uint64_t below_minimum; /* cells in force today */
};

/* Two scans of the store. on_cell (may be NULL) is told each cell below the minimum, in the order they came
 * into the store; its name is valid during the call. today: days since 1970-01-01 in Asia/Ho_Chi_Minh.
 * ERR_NO_MEMORY: more cells than CELLS_BYTES_MAX holds. */
MUST_CHECK enum err cells_below_minimum(struct store *store, int32_t today,
                                        void (*on_cell)(void *context, struct bytes name,
                                                        uint64_t official_members),
                                        void *context, struct cells_counts *ret_counts);

#endif
