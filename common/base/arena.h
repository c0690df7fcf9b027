/* A capped arena: memory of one request, freed at once. Rank 0. One owner; not thread-safe.
 * Allocation past the cap returns NULL, which callers turn into ERR_TOO_BIG. Memory is aligned for any type.
 */
#ifndef COMMON_BASE_ARENA_H
#define COMMON_BASE_ARENA_H

#include <stddef.h>

#include "common/base/bytes.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used_bytes;          /* handed out so far, alignment included */
    size_t bytes_max;           /* cap on used_bytes */
    bool
        is_out_of_memory; /* a NULL was for lack of memory, not for the cap; stays set until release or the owner */
};

void arena_init(struct arena *arena, size_t bytes_max);
void arena_release(struct arena *arena);
/* Free all memory but keep the first block for reuse. */
void arena_clear(struct arena *arena);

/* Uninitialised memory, or NULL past the cap or without memory. */
void *arena_alloc(struct arena *arena, size_t len);
/* Zeroed array; NULL also when count * size overflows. */
void *arena_zalloc(struct arena *arena, size_t count, size_t size);
/* A NUL-terminated copy, or NULL. */
char *arena_text(struct arena *arena, struct bytes in);
/* A copy of `in`; at is NULL on failure. */
struct bytes arena_copy(struct arena *arena, struct bytes in);

#endif
