/* uthash as we use it: a function of ours over the key's bytes (keys are ids and short texts), and a table that finds no
 * memory says so instead of ending the program. Rank 0.
 *
 * After HASH_ADD ask hash_table_added: without memory the item is not in the table. */
#ifndef COMMON_BASE_HASH_TABLE_H
#define COMMON_BASE_HASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

/* FNV-1a, 64 bits folded to 32. */
static inline unsigned hash_table_value(const void *key, size_t len)
{
    const uint8_t *at = key;
    uint64_t value = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++) {
        /* The analyser does not see that structs without padding are whole.
         * NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
        value ^= at[i];
        value *= UINT64_C(1099511628211);
    }
    return (unsigned)(value ^ (value >> 32));
}

#define HASH_FUNCTION(key, len, value) ((value) = hash_table_value((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(item) ((void)(item))
#include <uthash.h>

/* Is the item in its table? If not, memory ran out: the arena that holds the item is told, so that it can be told from
 * the arena's cap. */
static inline bool hash_table_added(const UT_hash_handle *handle, struct arena *arena)
{
    arena->is_out_of_memory = arena->is_out_of_memory || handle->tbl == NULL;
    return handle->tbl != NULL;
}

#endif
