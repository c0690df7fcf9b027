/* Acts of the province's administration and changes of a device's key: reading their items, judging them, what they do.
 * Rank 5. Pure.
 *
 * Verdicts of an act (all "refused"):
 *   ingest.unreadable    not exactly one act, a field missing or wrong, a key of small order, a role without two operators
 *   act.named_twice      the submission names the device twice
 *   act.device_exists    the key is a device's already
 *   act.device_unknown   no such device
 *   act.device_revoked   it speaks no more, and for ever: enrol a new one
 *   act.not_quarantined  nothing to release
 *   act.role             the role is the province's alone
 *   act.possession       the new key did not sign that it is held
 *   act.epoch            does not go on from the head as it is, or stands beside other acts */
#ifndef SERVER_INGEST_ACT_H
#define SERVER_INGEST_ACT_H

#include "server/ingest/submission.h"

enum { ACT_NAME_BYTES_MAX = 64, ACT_REASON_BYTES_MAX = 500, ACT_SENDERS_MAX = 2000 };

/* One item of content 4. Texts and arrays are copied into the submission's arena. ERR_NO_MEMORY; any other error: it cannot
 * be read, which is_readable tells. */
MUST_CHECK enum err act_read(struct submission *submission, struct arena *scratch, struct bytes in,
                             struct submission_act *ret_act);
size_t act_elements(struct bytes in);
/* The item of content 3; likewise. */
MUST_CHECK enum err act_read_key(const struct submission *submission, struct arena *scratch, struct bytes in,
                                 struct submission_act *ret_act);
size_t act_key_elements(struct bytes in);

struct act_context {
    const struct submission *submission;
    const struct store_head *head;
    const struct merkle_frontier *frontier; /* of the head */
    const struct store_device *targets;     /* facts about the device of each act, in order */
    bool is_first;                          /* nothing else is in the group before it */
};

/* The verdict of act `index`. */
struct verdict act_judge(const struct act_context *context, uint32_t index);

#endif
