/* tlog-tiles. */
#include "common/crypto/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"

enum { GROUP = 1000, GROUPS_MAX = 7, LENGTH_BYTES = 2 };

size_t tile_width(uint64_t size, unsigned level, uint64_t number)
{
    REQUIRE(level <= TILE_ENTRIES);
    uint64_t nodes = level == TILE_ENTRIES ? size : size >> (TILE_HEIGHT * level);
    uint64_t full = nodes / TILE_WIDTH;
    if (number < full) {
        return TILE_WIDTH;
    }
    return number == full ? (size_t)(nodes % TILE_WIDTH) : 0;
}

void tile_path(unsigned level, uint64_t number, size_t width, char ret_path[TILE_PATH_BYTES_MAX])
{
    REQUIRE(level <= TILE_ENTRIES && width > 0 && width <= TILE_WIDTH && number <= INT64_MAX / TILE_WIDTH);
    unsigned groups[GROUPS_MAX];
    size_t count = 0;
    do {
        groups[count++] = (unsigned)(number % GROUP);
        number /= GROUP;
    } while (number > 0);
    int len = level == TILE_ENTRIES ? snprintf(ret_path, TILE_PATH_BYTES_MAX, "tile/entries")
                                    : snprintf(ret_path, TILE_PATH_BYTES_MAX, "tile/%u", level);
    for (size_t i = count; i-- > 0;) {
        len += snprintf(ret_path + len, TILE_PATH_BYTES_MAX - (size_t)len, "/%s%03u", i > 0 ? "x" : "",
                        groups[i]);
    }
    if (width < TILE_WIDTH) {
        len += snprintf(ret_path + len, TILE_PATH_BYTES_MAX - (size_t)len, ".p/%zu", width);
    }
    ENSURE(len < TILE_PATH_BYTES_MAX);
}

enum err tile_decode(struct bytes in, size_t width, struct hash *ret_hashes)
{
    if (width > TILE_WIDTH || in.len != width * HASH_BYTES) {
        return ERR_MALFORMED;
    }
    if (in.len > 0) {
        memcpy(ret_hashes, in.at, in.len);
    }
    return ERR_OK;
}

enum err bundle_append(struct buf *out, struct bytes entry)
{
    if (entry.len > TILE_ENTRY_BYTES_MAX) {
        return ERR_TOO_BIG;
    }
    uint8_t *at = NULL;
    enum err err = buf_reserve(out, LENGTH_BYTES + entry.len, &at);
    if (err != ERR_OK) {
        return err;
    }
    u16_write(at, (uint16_t)entry.len);
    if (entry.len > 0) {
        memcpy(at + LENGTH_BYTES, entry.at, entry.len);
    }
    buf_commit(out, LENGTH_BYTES + entry.len);
    return ERR_OK;
}

enum err bundle_next(struct bytes *rest, struct bytes *ret_entry)
{
    if (rest->len == 0) {
        return ERR_NOT_FOUND;
    }
    if (rest->len < LENGTH_BYTES) {
        return ERR_MALFORMED;
    }
    size_t len = u16_read(rest->at);
    if (rest->len - LENGTH_BYTES < len) {
        return ERR_MALFORMED;
    }
    *ret_entry = bytes_of(rest->at + LENGTH_BYTES, len);
    *rest = bytes_of(rest->at + LENGTH_BYTES + len, rest->len - LENGTH_BYTES - len);
    return ERR_OK;
}
