/* Versions that acts of erasure took away, and what stays of them: what a submission offered again is read with. Rank 5.
 *
 * A journal put back from a backup has lost submissions that hold erased persons. Their acts are issued again before anything is
 * served (server/erasures_issue.h); the submissions come later, some with the person still in them, from clients that were not told
 * yet, some with the hash alone. Both are taken as the act says: what it keeps is judged in place of the change, and the payload is
 * journalled without it. Made at start, read-only afterwards. */
#ifndef SERVER_INGEST_ERASED_H
#define SERVER_INGEST_ERASED_H

#include "server/ingest/submission.h"

struct erased;
struct Dantin__ActErasure;

/* ERR_NO_MEMORY. */
MUST_CHECK enum err erased_new(struct erased **ret_erased);
void erased_free(struct erased *erased);

/* Another act, newer than those before: of a version named again the newer one counts. ERR_NO_MEMORY. */
MUST_CHECK enum err erased_add(struct erased *erased, const struct Dantin__ActErasure *act);

/* Put what acts keep in the place of what they took away, if the submission holds any of it. erased NULL: nothing was erased.
 * ERR_NO_MEMORY. */
MUST_CHECK enum err erased_apply(const struct erased *erased, struct submission *submission);

#endif
