/* The tiles above the leaves: what the entries give is what the export holds, so that whoever reads tiles alone (as
 * c2sp.org/tlog-tiles has it) reads this journal. Rank 4. */
#ifndef VERIFY_TILES_H
#define VERIFY_TILES_H

#include "verify/source.h"

struct tiles {
    struct {
        struct hash hashes[TILE_WIDTH]; /* that are not in a full tile yet */
        size_t count;
        uint64_t number; /* of the tile they belong to */
    } levels[TILE_LEVELS_MAX];
};

/* The next entry's hash; full tiles that it completes are compared. Start zeroed. */
bool tiles_add(struct tiles *tiles, struct source *source, const struct hash *leaf, struct fault *fault);
/* After the last one: what is left are partial tiles. */
bool tiles_finish(struct tiles *tiles, struct source *source, struct fault *fault);

#endif
