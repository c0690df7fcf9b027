/* One item of an approval: what a second person says of a change that waits. Rank 5. Pure. */
#ifndef SERVER_INGEST_APPROVAL_H
#define SERVER_INGEST_APPROVAL_H

#include "server/ingest/submission.h"

enum {
    APPROVAL_REASON_BYTES_MAX = 512,
    /* In one submission. Each may ask for another payload to be read under the journal's lock, so they also weigh more than changes
     * when a group is gathered. */
    APPROVAL_ITEMS_MAX = 256,
    APPROVAL_WEIGHT = 16,
};

/* Read one serialised Approval (at == NULL: erased). approval: written on success only; the reason stays in the
 * journal. ERR_MALFORMED, ERR_TOO_BIG, ERR_NEWER_SCHEMA (a field that is not known here), ERR_NOT_FOUND (erased). */
MUST_CHECK enum err approval_read(struct arena *scratch, struct bytes in,
                                  struct submission_approval *approval);
/* Protobuf fields of one. */
size_t approval_elements(struct bytes in);

#endif
