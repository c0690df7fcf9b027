/* Tiles, bundles, stored frontiers and paths: the first eight bytes are a tree size, the rest is read as each of them. */
#include "common/base/check.h"
#include "common/crypto/merkle.h"
#include "common/crypto/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void check_bundle(struct bytes in)
{
    struct buf again;
    struct bytes rest = in;
    struct bytes entry;
    enum err err = ERR_OK;
    buf_init(&again, in.len);
    while ((err = bundle_next(&rest, &entry)) == ERR_OK) {
        err = bundle_append(&again, entry);
        ENSURE(err == ERR_OK);
    }
    ENSURE(again.len + rest.len == in.len && (err == ERR_MALFORMED || rest.len == 0));
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    if (len < 8) {
        return 0;
    }
    uint64_t size = u64_read(at);
    struct bytes in = bytes_of(at + 8, len - 8);
    struct hash hashes[TILE_WIDTH];
    struct hash root = {{0}};
    check_bundle(in);
    for (unsigned level = 0; level <= TILE_ENTRIES; level++) {
        char path[TILE_PATH_BYTES_MAX];
        size_t width = tile_width(size, level, size / TILE_WIDTH);
        if (width > 0 && size <= INT64_MAX) {
            tile_path(level, size / TILE_WIDTH, width, path);
        }
        ENSURE(tile_decode(in, width, hashes) != ERR_OK || in.len == width * HASH_BYTES);
    }
    struct merkle_frontier frontier;
    if (merkle_frontier_decode(size, in, &frontier) == ERR_OK) {
        ENSURE(bytes_equal(merkle_frontier_encode(&frontier), in));
        root = merkle_frontier_root(&frontier);
    }
    struct merkle_path path;
    bool is_path = merkle_path_decode(in, &path) == ERR_OK;
    bool is_proof = merkle_check_inclusion(&root, size / 2, size, in, &root) ||
                    merkle_check_consistency(size / 3, &root, size, &root, in);
    ENSURE(is_path || !is_proof);
    return 0;
}
