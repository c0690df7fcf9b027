/* The part of the world that waited in the database: which of it is asked for, and reading it. */
#include "server/ingest/change.h"
#include "server/ingest/world.h"

enum { SCRATCH_BYTES_MAX = 8 << 20 }; /* of one change being read */

static enum err read_change(struct world *world, struct arena *scratch, struct bytes in,
                            struct waiting_change *waiting);

enum err world_approved(struct world *world, struct submission *const *submissions, size_t submission_count,
                        const struct id **ret_versions, size_t *ret_count)
{
    size_t room = 0;
    size_t count = 0;
    for (size_t i = 0; i < submission_count; i++) {
        room += submissions[i]->approvals == NULL ? 0 : submissions[i]->change_count;
    }
    struct id *versions = arena_zalloc(world->arena, room, sizeof *versions);
    if (versions == NULL) {
        return ERR_TOO_BIG;
    }
    for (size_t i = 0; i < submission_count; i++) {
        const struct submission *submission = submissions[i];
        for (uint32_t j = 0;
             submission->approvals != NULL && !submission->is_incident && j < submission->change_count; j++) {
            if (submission->approvals[j].is_readable) {
                versions[count++] = submission->approvals[j].version;
            }
        }
    }
    *ret_versions = versions;
    *ret_count = count;
    return ERR_OK;
}

enum err world_load_waiting(struct world *world, const struct store_waiting *waiting, size_t waiting_count)
{
    struct arena scratch;
    enum err err = ERR_OK;
    arena_init(&scratch, SCRATCH_BYTES_MAX);
    for (size_t i = 0; i < waiting_count && err == ERR_OK; i++) {
        const struct store_waiting *from = &waiting[i];
        struct waiting_change loaded = {
            .version = from->version,
            .key = from->key,
            .device = from->device,
            .sender = from->sender,
            .change_hash = from->change_hash,
            .is_decided = from->is_decided,
        };
        if (!from->is_decided && from->change.at != NULL) {
            err = read_change(world, &scratch, from->change, &loaded);
        }
        if (err == ERR_OK) {
            err = waiting_add(&world->waiting, &loaded);
        }
    }
    world->waiting_loaded_count = waiting_count;
    arena_release(&scratch);
    return err;
}

/* It could be read when it came; what cannot be read now (an older program on a newer journal) cannot be approved. */
static enum err read_change(struct world *world, struct arena *scratch, struct bytes in,
                            struct waiting_change *waiting)
{
    struct submission_change *change = arena_zalloc(world->arena, 1, sizeof *change);
    if (change == NULL) {
        return ERR_TOO_BIG;
    }
    arena_clear(scratch);
    change->version = waiting->version;
    change->hash = waiting->change_hash;
    enum err err = change_read(world->arena, scratch, in, INT32_MAX, change); /* judged by its day later */
    if (err == ERR_NO_MEMORY || scratch->is_out_of_memory || world->arena->is_out_of_memory) {
        return ERR_NO_MEMORY;
    }
    waiting->change = err == ERR_OK ? change : NULL;
    return ERR_OK;
}
