/* Migrations: every .sql of sql/migrations, embedded, applied forward in order of their names. Rank 4.
 * Blocks; for commands and start-up only. */
#ifndef SERVER_STORE_MIGRATE_H
#define SERVER_STORE_MIGRATE_H

#include <stddef.h>

#include "common/base/embed.h"
#include "common/base/error.h"

enum { MIGRATE_FILES_MAX = 1024, MIGRATE_LOCK_KEY = 0x64616e74 /* "dant": key of the advisory lock */ };

struct migrate_report {
    size_t applied_count; /* by this call */
    size_t known_count;   /* recorded before it */
};

/* Connect as an administrator of the database (superuser, or a member of dantin_owner), take the advisory
 * lock, check that every recorded migration is still the same file (SHA-256) and apply the others, each in a
 * transaction of its own together with its note in dantin.schema_migration. A file sets its own role: 0001
 * makes the roles, the others SET LOCAL ROLE. ERR_DATABASE: no connection, or a statement failed. ERR_CONFIG:
 * a recorded migration differs or is unknown to this program (a newer dantind was here). The sentence says
 * which. */
MUST_CHECK enum err migrate_apply(const char *conninfo, enum language language,
                                  struct migrate_report *ret_report, struct error *ret_error);

/* The same over any list of files (for tests). */
MUST_CHECK enum err migrate_apply_files(const char *conninfo, const struct embedded_file *files,
                                        size_t file_count, enum language language,
                                        struct migrate_report *ret_report, struct error *ret_error);

#endif
