/* One change of a submission, unpacked into what the judge asks for. Rank 5. Pure. */
#ifndef SERVER_INGEST_CHANGE_H
#define SERVER_INGEST_CHANGE_H

#include "server/ingest/submission.h"

/* Read one serialised Change (at == NULL: erased). Everything kept lies in `arena`; `scratch` may be cleared
 * afterwards. change: zeroed, with its version name set. On any error the change is unreadable: only key (as
 * far as known) and version are meant. Errors: ERR_MALFORMED, ERR_TOO_BIG, ERR_NEWER_SCHEMA (a field that
 * this schema version does not have), ERR_NOT_FOUND (erased). */
MUST_CHECK enum err change_read(struct arena *arena, struct arena *scratch, struct bytes in, int32_t today,
                                struct submission_change *change);

/* What an act of erasure keeps of a version. */
struct change_left {
    const struct kind_schema *schema;
    struct id record;
    struct id previous; /* the version it was made from; none: a new record */
    bool is_applied;    /* false: it never was, and nothing stays */
    bool is_removal;
    struct bytes body; /* packed record, unless it is a removal */
};

/* Let the change be what is left of it, whatever it held; its version and hash stay. What is short of memory tells the arena. */
void change_take_left(struct arena *arena, const struct change_left *left, struct submission_change *change);

/* The rule that refuses the record by itself on a day: an error, or a warning without a reason
 * ("ingest.reason_missing");
 * "" = none. Static memory. */
const char *change_refusal(const struct submission_change *change, int32_t today);

#endif
