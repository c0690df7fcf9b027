/* uthash as this folder uses it: a function of ours over the key's bytes (keys are ids and short texts), and
 * without memory for a table the program ends with one line that says so. Rank 5. */
#ifndef SERVER_INGEST_HASH_TABLE_H
#define SERVER_INGEST_HASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"

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
#define uthash_fatal(message) check_failed("ENSURE", message, __FILE__, __LINE__)
#include <uthash.h>

#endif
