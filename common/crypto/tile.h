/* The files of an exported journal (c2sp.org/tlog-tiles): tiles of 256 hashes, bundles of 256 entries. Rank 1. Pure.
 *
 *   tile/<level>/<N>         256 hashes of complete subtrees of 256^level leaves; <N>.p/<width> for a part of one
 *   tile/entries/<N>         256 entries, each a u16 length and its bytes; <N>.p/<width> likewise
 *
 * <N> in groups of three digits: 1234067 is x001/x234/067. */
#ifndef COMMON_CRYPTO_TILE_H
#define COMMON_CRYPTO_TILE_H

#include "common/base/buf.h"
#include "common/base/bytes.h"

enum {
    TILE_WIDTH = 256,
    TILE_HEIGHT = 8,                /* 2^8 = TILE_WIDTH */
    TILE_LEVELS_MAX = 8,            /* 256^8 leaves are more than MERKLE_SIZE_MAX */
    TILE_ENTRIES = TILE_LEVELS_MAX, /* instead of a level: bundles of entries */
    TILE_PATH_BYTES_MAX = 64,
    TILE_BYTES_MAX = TILE_WIDTH * HASH_BYTES,
    TILE_ENTRY_BYTES_MAX = 65535
};

/* How many of a level's hashes (or entries) tile `number` holds in a tree of `size` leaves: 0 to TILE_WIDTH. */
size_t tile_width(uint64_t size, unsigned level, uint64_t number);
/* Path with a NUL. Requires level ≤ TILE_ENTRIES, 0 < width ≤ TILE_WIDTH and number ≤ INT64_MAX / TILE_WIDTH. */
void tile_path(unsigned level, uint64_t number, size_t width, char ret_path[TILE_PATH_BYTES_MAX]);

/* ERR_MALFORMED: not exactly `width` (≤ TILE_WIDTH) hashes. */
MUST_CHECK enum err tile_decode(struct bytes in, size_t width, struct hash *ret_hashes);

/* ERR_TOO_BIG: past TILE_ENTRY_BYTES_MAX; errors of buf_append. */
MUST_CHECK enum err bundle_append(struct buf *out, struct bytes entry);
/* Takes the first entry off *rest; a view. ERR_NOT_FOUND: nothing is left. ERR_MALFORMED: cut. */
MUST_CHECK enum err bundle_next(struct bytes *rest, struct bytes *ret_entry);

#endif
