/* Acts ask about devices: one target per act, in order, none where it is about no device. */
#include "server/ingest/world.h"

enum err world_collect_targets(struct world *world, struct submission *const *submissions,
                               size_t submission_count, struct store_facts_request *request)
{
    size_t count = 0;
    for (size_t i = 0; i < submission_count; i++) {
        count += submissions[i]->acts != NULL ? submissions[i]->change_count : 0;
    }
    struct hash *targets = arena_zalloc(world->arena, count + 1, sizeof *targets);
    world->first_target = arena_zalloc(world->arena, submission_count, sizeof *world->first_target);
    if (targets == NULL || world->first_target == NULL) {
        return ERR_TOO_BIG;
    }
    request->targets = targets;
    for (size_t i = 0; i < submission_count; i++) {
        const struct submission *submission = submissions[i];
        world->first_target[i] = request->target_count;
        for (uint32_t j = 0; submission->acts != NULL && j < submission->change_count; j++) {
            targets[request->target_count++] = submission->acts[j].effect.device;
        }
    }
    return ERR_OK;
}
