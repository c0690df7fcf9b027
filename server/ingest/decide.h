/* What an approval does to the change it names (docs/protocol.md#approvals). Rank 5. Pure.
 *
 * Refused by itself, so that the change goes on waiting, in this order:
 *   1 ingest.unreadable       the approval cannot be read
 *   2 approval.unknown        nothing of this sender waits or waited under that name
 *   3 approval.decided        it waited, and was decided
 *   4 approval.wrong_hash     what was read is not what waits
 *   5 approval.same_person    its device submitted the change
 *   6 approval.unreadable     the change was erased       } unless it turns
 *   7 approval.base_waiting   the base of the change waits } the change down
 *   8 ingest.named_twice      its submission already decided about the record
 * What is left decides: a rejection ends the change (approval.rejected); else the change is judged anew, as a change of the
 * approver's sender today (check.h), and takes effect, or is lost with the verdict it gets, which is the approval's too. */
#ifndef SERVER_INGEST_DECIDE_H
#define SERVER_INGEST_DECIDE_H

#include "server/ingest/check.h"

enum decision {
    DECISION_NONE, /* the change waits on */
    DECISION_APPLIED,
    DECISION_LOST,
};

/* context: device and submission are the approval's. ret_verdict: the approval's. Written unless DECISION_NONE: *ret_waiting, the
 * change, not yet marked as decided; *ret_outcome, its verdict. */
enum decision decide(const struct check_context *context, const struct submission_approval *approval,
                     struct verdict *ret_verdict, struct waiting_change **ret_waiting,
                     struct verdict *ret_outcome);

/* While refilling: is it about something nobody has told of here? */
bool decide_is_missing(const struct world *world, const struct submission_approval *approval);

#endif
