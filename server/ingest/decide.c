/* In the order the header documents. */
#include "server/ingest/decide.h"

#include <string.h>

#include "common/base/check.h"
#include "server/ingest/change.h"

static const char *refusal(const struct check_context *context, const struct submission_approval *approval,
                           const struct waiting_change *waiting);
static struct verdict refused(const char *rule);

enum decision decide(const struct check_context *context, const struct submission_approval *approval,
                     struct verdict *ret_verdict, struct waiting_change **ret_waiting,
                     struct verdict *ret_outcome)
{
    struct waiting_change *waiting =
        approval->is_readable ? waiting_find(&context->world->waiting, &approval->version) : NULL;
    const char *rule = refusal(context, approval, waiting);
    if (rule != NULL) {
        *ret_verdict = refused(rule);
        return DECISION_NONE;
    }
    *ret_waiting = waiting;
    *ret_verdict = (struct verdict){.code = VERDICT_APPLIED};
    if (approval->is_rejection) {
        *ret_outcome = refused("approval.rejected");
        return DECISION_LOST;
    }
    if (!waiting->is_of_group) {
        waiting->change->refused_by =
            waiting->change->is_removal ? "" : change_refusal(waiting->change, context->today);
    }
    check_approved(context, waiting->change, &context->world->facts->records[waiting->record_index],
                   ret_verdict);
    *ret_outcome = *ret_verdict;
    return ret_verdict->code == VERDICT_APPLIED ? DECISION_APPLIED : DECISION_LOST;
}

bool decide_is_missing(const struct world *world, const struct submission_approval *approval)
{
    return approval->is_readable && waiting_find(&world->waiting, &approval->version) == NULL;
}

static const char *refusal(const struct check_context *context, const struct submission_approval *approval,
                           const struct waiting_change *waiting)
{
    if (!approval->is_readable) {
        return "ingest.unreadable";
    }
    if (waiting == NULL || !id_equal(&waiting->sender, &context->device->sender)) {
        return "approval.unknown";
    }
    if (waiting->is_decided) {
        return "approval.decided";
    }
    if (!hash_equal(&waiting->change_hash, &approval->change_hash)) {
        return "approval.wrong_hash";
    }
    if (hash_equal(&waiting->device, &context->device->device)) {
        return "approval.same_person";
    }
    if (!approval->is_rejection && waiting->change == NULL) {
        return "approval.unreadable";
    }
    if (!approval->is_rejection &&
        check_is_base_waiting(context, waiting->change,
                              &context->world->facts->records[waiting->record_index])) {
        return "approval.base_waiting";
    }
    return world_name_record(context->world, context->submission, waiting->key.kind, &waiting->key.record)
               ? NULL
               : "ingest.named_twice";
}

static struct verdict refused(const char *rule)
{
    struct verdict verdict = {.code = VERDICT_REFUSED};
    size_t len = strlen(rule);
    REQUIRE(len < RULE_ID_BYTES_MAX);
    memcpy(verdict.rule, rule, len + 1);
    return verdict;
}
