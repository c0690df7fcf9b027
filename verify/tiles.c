/* One tile of each level in memory. */
#include "verify/tiles.h"

#include "common/crypto/merkle.h"

static bool compare(struct tiles *tiles, unsigned number, struct source *source, struct fault *fault);

bool tiles_add(struct tiles *tiles, struct source *source, const struct hash *leaf, struct fault *fault)
{
    struct hash next = *leaf;
    for (unsigned number = 0; number < TILE_LEVELS_MAX; number++) {
        struct merkle_frontier tile;
        tiles->levels[number].hashes[tiles->levels[number].count++] = next;
        if (tiles->levels[number].count < TILE_WIDTH) {
            return true;
        }
        merkle_frontier_init(&tile);
        for (size_t i = 0; i < TILE_WIDTH; i++) {
            merkle_frontier_append(&tile, &tiles->levels[number].hashes[i]);
        }
        next = merkle_frontier_root(&tile);
        if (!compare(tiles, number, source, fault)) {
            return false;
        }
        tiles->levels[number].count = 0;
        tiles->levels[number].number++;
    }
    return true;
}

bool tiles_finish(struct tiles *tiles, struct source *source, struct fault *fault)
{
    for (unsigned number = 0; number < TILE_LEVELS_MAX; number++) {
        if (tiles->levels[number].count > 0 && !compare(tiles, number, source, fault)) {
            return false;
        }
    }
    return true;
}

/* Level 0 is compared entry by entry, so that the entry is named. */
static bool compare(struct tiles *tiles, unsigned number, struct source *source, struct fault *fault)
{
    char path[TILE_PATH_BYTES_MAX];
    struct bytes content;
    if (number == 0) {
        return true;
    }
    tile_path(number, tiles->levels[number].number, tiles->levels[number].count, path);
    if (!source_file(source, path, TILE_BYTES_MAX, &content, fault)) {
        return false;
    }
    struct bytes expected = bytes_of(tiles->levels[number].hashes, tiles->levels[number].count * HASH_BYTES);
    return bytes_equal(content, expected) || fault_in(fault, FAULT_TILE, "%s", path);
}
