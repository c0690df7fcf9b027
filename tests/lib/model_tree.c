/* The model's tree: everything is counted anew from the leaves, so that it can disagree with the real one. */
#include <stdlib.h>

#include "common/base/check.h"
#include "tests/lib/fault_memory.h"
#include "tests/lib/model_internal.h"

static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *ret_hash);
static const struct model_checkpoint *find_checkpoint(const struct store *store,
                                                      const struct store_proof_request *request);

void model_keep_checkpoint(struct store *store, struct bytes note)
{
    if (store->checkpoint_count == store->checkpoint_room) {
        store->checkpoint_room = store->checkpoint_room * 2 + 64;
        store->checkpoints = realloc(store->checkpoints, store->checkpoint_room * sizeof *store->checkpoints);
        REQUIRE(store->checkpoints != NULL);
    }
    store->checkpoints[store->checkpoint_count++] =
        (struct model_checkpoint){store->head.epoch, store->head.position, arena_copy(&store->arena, note)};
}

struct bytes model_store_note(const struct store *store, uint64_t size)
{
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        const struct model_checkpoint *one = &store->checkpoints[i];
        if (one->size == size && id_equal(&one->epoch, &store->head.epoch)) {
            return one->note;
        }
    }
    return (struct bytes){0};
}

const struct store_written *model_written(const struct store_group *group, struct arena *arena)
{
    struct store_written *written = arena_zalloc(arena, group->entry_count, sizeof *written);
    REQUIRE(written != NULL);
    for (size_t i = 0; i < group->entry_count; i++) {
        written[i] = (struct store_written){group->entries[i].position, group->entries[i].leaf};
    }
    return written;
}

struct store_proof model_prove(const struct store *store, const struct store_proof_request *request)
{
    const struct model_checkpoint *checkpoint = find_checkpoint(store, request);
    bool is_there = request->size > 0 ? request->size <= store->entry_count : checkpoint != NULL;
    struct store_proof proof = {.err = is_there ? ERR_OK : ERR_NOT_FOUND, .size = request->size};
    if (!is_there) {
        return proof;
    }
    if (request->size == 0) {
        proof.note = checkpoint->note;
        proof.size = checkpoint->size;
    }
    void *context = (void *)(uintptr_t)store; /* only read */
    proof.err = request->kind == STORE_PROOF_ENTRY
                    ? merkle_inclusion_path(request->place, proof.size, get_node, context, &proof.path)
                    : merkle_consistency_path(request->place, proof.size, get_node, context, &proof.path);
    return proof;
}

static const struct model_checkpoint *find_checkpoint(const struct store *store,
                                                      const struct store_proof_request *request)
{
    const struct model_checkpoint *found = NULL;
    for (size_t i = 0; i < store->checkpoint_count; i++) {
        const struct model_checkpoint *one = &store->checkpoints[i];
        bool is_entry = request->kind == STORE_PROOF_ENTRY;
        bool is_covering = is_entry ? one->size > request->place : one->size >= request->place;
        if (id_equal(&one->epoch, &request->epoch) && is_covering && (found == NULL || !is_entry)) {
            found = one;
        }
    }
    return found;
}

static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *ret_hash)
{
    const struct store *store = context;
    struct hash left;
    struct hash right;
    if (level == 0) {
        if (index >= store->entry_count) {
            return ERR_DATABASE;
        }
        *ret_hash = store->entries[index].entry.leaf;
        return ERR_OK;
    }
    enum err err = get_node(context, level - 1, 2 * index, &left);
    if (err == ERR_OK) {
        err = get_node(context, level - 1, 2 * index + 1, &right);
    }
    if (err == ERR_OK) {
        *ret_hash = merkle_node(&left, &right);
    }
    return err;
}
