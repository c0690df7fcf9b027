/* The verdict of one change against the world as the changes before it left it. Rank 5. Pure.
 *
 * Checks run in this order; the first that finds something decides (docs/protocol.md#verdicts):
 *   1 ingest.unreadable         the change or its record breaks the pre-scan, a limit or the schema
 *     ingest.erased             only its hash came and no act names it, or an act does and it was never applied
 *   2 ingest.named_twice        its submission already named the record
 *   3 ingest.wrong_id           an official code is stated and the id is not the one derived from it
 *   4 conflict / same verdict   the base is not the current version / was itself refused, in conflict or waiting
 *   5 ingest.unknown_reference  a record it refers to does not exist (any more)
 *   6 ingest.out_of_scope       it is not in the sender's subtree today, before (of a removed record: before its
 *                               removal) or after; or an edge elsewhere, past or planned, is made, changed or left
 *                               out; or a sender's device makes or unmakes a sender
 *   7 ingest.official_code      a sender's device states a code list the record did not state, or leaves one out
 *   8 ingest.still_used         another current record refers to the one to be removed, at whatever date
 *   9 ingest.cycle              a branch would be its own ancestor on some date
 *  10 ingest.number_used        another record of the same sender bears the number
 *  11 the rules of common/rules: an error, or ingest.reason_missing
 *  12 waiting                   its kind needs a second person (schema.h); its base may wait too
 *     ingest.erased             the same, of what an act of erasure keeps
 *  13 ingest.number_elsewhere   applied, with a warning: a record of another sender bears the number
 * A change that was approved is judged anew by all of them but 1, 2 and 12. */
#ifndef SERVER_INGEST_CHECK_H
#define SERVER_INGEST_CHECK_H

#include "server/ingest/world.h"

struct check_context {
    struct world *world;
    const struct store_device *device;
    const struct submission *submission;
    int32_t today;
};

/* fact: what the store said about the change's record and base; NULL for an unreadable change. */
void check_change(const struct check_context *context, const struct submission_change *change,
                  const struct store_record_fact *fact, struct verdict *ret_verdict);

/* The verdict of a change that waited and is approved now; context: the approval's. fact: as above. */
void check_approved(const struct check_context *context, const struct submission_change *change,
                    const struct store_record_fact *fact, struct verdict *ret_verdict);

/* Was it made from a version that waits itself? */
bool check_is_base_waiting(const struct check_context *context, const struct submission_change *change,
                           const struct store_record_fact *fact);

/* Is its base, or a record it refers to, something nobody has told of here? (While refilling, the whole submission
 * waits for it.) To be asked change by change, in order. */
bool check_is_base_missing(struct world *world, const struct submission *submission,
                           const struct submission_change *change, const struct store_record_fact *fact);

/* May the device read this record's content? */
bool check_is_readable(const struct world *world, const struct store_device *device, enum record_kind kind,
                       const struct id *record, int32_t today);

#endif
