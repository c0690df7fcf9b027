/* What approvals do: versions that take effect, changes that are lost. What decides stands in decide.h. */
#include "server/ingest/decide.h"
#include "server/ingest/judge_private.h"

static enum err add_outcome(struct judge *judge, const struct check_context *context, uint32_t index,
                            struct waiting_change *waiting, const struct verdict *outcome);
static enum err lose_those_based_on(struct judge *judge, const struct check_context *context, uint32_t index,
                                    size_t first_outcome);

enum err judge_approvals(struct judge *judge, const struct check_context *context, struct verdict *verdicts)
{
    const struct submission *submission = context->submission;
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < submission->change_count && err == ERR_OK; i++) {
        struct waiting_change *waiting = NULL;
        struct verdict outcome = {.code = VERDICT_APPLIED};
        size_t first_outcome = judge->judgement->group.outcome_count;
        switch (decide(context, &submission->approvals[i], &verdicts[i], &waiting, &outcome)) {
        case DECISION_NONE:
            break;
        case DECISION_APPLIED:
            err = add_outcome(judge, context, i, waiting, &outcome);
            if (err == ERR_OK) {
                judge_add_version(judge, &waiting->device, waiting->change);
                err = world_apply(judge->world, waiting->change);
            }
            break;
        case DECISION_LOST:
            err = add_outcome(judge, context, i, waiting, &outcome);
            if (err == ERR_OK) {
                err = lose_those_based_on(judge, context, i, first_outcome);
            }
            break;
        }
    }
    return err;
}

static enum err add_outcome(struct judge *judge, const struct check_context *context, uint32_t index,
                            struct waiting_change *waiting, const struct verdict *outcome)
{
    struct store_group *group = &judge->judgement->group;
    struct store_outcome *added = &judge->outcomes[group->outcome_count++];
    *added = (struct store_outcome){
        .version = waiting->version,
        .key = waiting->key,
        .position = group->head_after.position,
        .index = index,
        .verdict = *outcome,
    };
    waiting->is_decided = true;
    enum err err = world_note_verdict(judge->world, &waiting->version, &added->verdict);
    return err != ERR_OK || outcome->code == VERDICT_APPLIED
               ? err
               : judge_note_refused(judge, context->submission, &waiting->key.record);
}

/* What was made from a change that is lost is lost with it, by the same verdict; and what was made from that. */
static enum err lose_those_based_on(struct judge *judge, const struct check_context *context, uint32_t index,
                                    size_t first_outcome)
{
    const struct store_group *group = &judge->judgement->group;
    for (size_t i = first_outcome; i < group->outcome_count; i++) {
        struct waiting_change *waiting;
        while ((waiting = waiting_on(&judge->world->waiting, &judge->outcomes[i].version)) != NULL) {
            enum err err = add_outcome(judge, context, index, waiting, &judge->outcomes[i].verdict);
            if (err != ERR_OK) {
                return err;
            }
        }
    }
    return ERR_OK;
}
