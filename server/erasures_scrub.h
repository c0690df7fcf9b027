/* After an erasure: what PostgreSQL's files still hold of rows that were blanked. Rank 9. Blocks.
 *
 * A row that was updated stays in its file until something else takes its place, and a sample of names in the statistics. So the tables of
 * the kind are written anew (VACUUM FULL, and ANALYZE), and, where we are superuser, as in the private cluster, the statistics
 * too, and the write-ahead log is begun anew. Payloads are sealed and get only their new form. */
#ifndef SERVER_ERASURES_SCRUB_H
#define SERVER_ERASURES_SCRUB_H

#include "common/base/error.h"

enum { ERASURES_SCRUB_LOCK_MS_MAX = 10000 /* a running server is kept waiting no longer */ };

/* conninfo: of the administrator, who may act as dantin_owner. Nothing to do when nothing was erased since. What fails (a lock, a full disk)
 * is due again: at the next erasure or start. ERR_DATABASE. */
MUST_CHECK enum err erasures_scrub(const char *conninfo, enum language language, struct error *ret_error);

#endif
