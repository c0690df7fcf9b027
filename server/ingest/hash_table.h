/* uthash as this folder uses it: without memory for a table the program ends with one line that says so.
 * Rank 5. */
#ifndef SERVER_INGEST_HASH_TABLE_H
#define SERVER_INGEST_HASH_TABLE_H

#include "common/base/check.h"

#define uthash_fatal(message) check_failed("ENSURE", message, __FILE__, __LINE__)
#include <uthash.h>

#endif
