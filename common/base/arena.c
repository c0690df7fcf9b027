/* Blocks of growing size, handed out from the front. The oldest block survives arena_clear. */
#include "common/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

enum {
    ALIGNMENT = alignof(max_align_t),
    BLOCK_BYTES_MIN = 4096,
    BLOCK_BYTES_MAX = 256 * 1024, /* of a block made ahead; a larger request gets a block of its own size */
};

struct arena_block {
    struct arena_block *older;
    size_t used;
    size_t capacity;
    alignas(max_align_t) uint8_t at[];
};

void arena_init(struct arena *arena, size_t bytes_max)
{
    REQUIRE(bytes_max <= SIZE_MAX / 2); /* so that rounding a length up cannot wrap round */
    *arena = (struct arena){.bytes_max = bytes_max};
}

void arena_release(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct arena_block *block = arena->blocks; block != NULL;) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    *arena = (struct arena){0};
}

void arena_clear(struct arena *arena)
{
    while (arena->blocks != NULL && arena->blocks->older != NULL) {
        struct arena_block *older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
    if (arena->blocks != NULL) {
        arena->blocks->used = 0;
    }
    arena->used_bytes = 0;
}

static bool add_block(struct arena *arena, size_t len)
{
    size_t capacity = BLOCK_BYTES_MIN;
    if (arena->blocks != NULL) {
        capacity =
            arena->blocks->capacity < BLOCK_BYTES_MAX / 2 ? arena->blocks->capacity * 2 : BLOCK_BYTES_MAX;
    }
    if (capacity < len) {
        capacity = len;
    }
    struct arena_block *block = malloc(sizeof *block + capacity);
    if (block == NULL) {
        return false;
    }
    block->older = arena->blocks;
    block->used = 0;
    block->capacity = capacity;
    arena->blocks = block;
    return true;
}

void *arena_alloc(struct arena *arena, size_t len)
{
    size_t left = arena->bytes_max - arena->used_bytes;
    if (len > left) {
        return NULL;
    }
    size_t rounded = len == 0 ? ALIGNMENT : (len + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (rounded > left) {
        return NULL;
    }
    if (arena->blocks == NULL || rounded > arena->blocks->capacity - arena->blocks->used) {
        if (!add_block(arena, rounded)) {
            arena->is_out_of_memory = true;
            return NULL;
        }
    }
    void *at = arena->blocks->at + arena->blocks->used;
    arena->blocks->used += rounded;
    arena->used_bytes += rounded;
    return at;
}

void *arena_zalloc(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *at = arena_alloc(arena, count * size);
    return at == NULL ? NULL : memset(at, 0, count * size);
}

char *arena_text(struct arena *arena, struct bytes in)
{
    char *text = in.len == SIZE_MAX ? NULL : arena_alloc(arena, in.len + 1);
    if (text == NULL) {
        return NULL;
    }
    if (in.len > 0) {
        memcpy(text, in.at, in.len);
    }
    text[in.len] = '\0';
    return text;
}

struct bytes arena_copy(struct arena *arena, struct bytes in)
{
    uint8_t *at = arena_alloc(arena, in.len);
    if (at == NULL) {
        return bytes_of(NULL, 0);
    }
    if (in.len > 0) {
        memcpy(at, in.at, in.len);
    }
    return bytes_of(at, in.len);
}
