/* Acts and changes of keys: what is applied takes effect with the entry's position. */
#include "server/ingest/act.h"
#include "server/ingest/judge_private.h"

enum err judge_acts(struct judge *judge, size_t member_index, struct verdict *verdicts)
{
    const struct submission *submission = judge->members[member_index];
    struct store_group *group = &judge->judgement->group;
    const struct act_context context = {
        .submission = submission,
        .head = &judge->facts->head,
        .frontier = &judge->facts->tree.frontier,
        .targets = &judge->facts->targets[judge->world->first_target[member_index]],
        .is_first = group->entry_count == 0,
    };
    for (uint32_t i = 0; i < submission->change_count; i++) {
        verdicts[i] = act_judge(&context, i);
        if (verdicts[i].code != VERDICT_APPLIED) {
            continue;
        }
        if (group->act_count == STORE_GROUP_ACTS_MAX) {
            return ERR_TOO_BIG;
        }
        struct store_act *act = &judge->acts[group->act_count++];
        *act = submission->acts[i].effect;
        act->position = group->head_after.position;
        act->index = i;
        if (act->kind == STORE_ACT_EPOCH) {
            group->head_after.epoch = act->epoch;
            group->head_after.is_rolled_back = false;
            group->head_after.is_refilling = true;
        }
    }
    return ERR_OK;
}
