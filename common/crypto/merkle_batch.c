/* A batch of new leaves. On every level the nodes that the batch finishes are kept; what a path needs besides them are
 * complete subtrees of the old tree, and those that are left siblings of something new are members of its frontier. */
#include "common/base/check.h"
#include "common/crypto/merkle.h"

struct level {
    uint64_t first; /* index of nodes[0] */
    size_t count;   /* nodes finished by the batch */
    struct hash *nodes;
};

struct merkle_batch {
    struct merkle_frontier old;
    struct merkle_frontier after;
    struct level levels[MERKLE_LEVELS_MAX];
};

static enum err build_level(struct arena *arena, struct merkle_batch *batch, unsigned number);
static merkle_get get_node;

enum err merkle_batch_build(struct arena *arena, const struct merkle_frontier *old, const struct hash *leaves,
                            size_t count, const struct merkle_batch **ret_batch)
{
    if (count > MERKLE_SIZE_MAX - old->size) {
        return ERR_TOO_BIG;
    }
    struct merkle_batch *batch = arena_zalloc(arena, 1, sizeof *batch);
    if (batch == NULL) {
        return arena->is_out_of_memory ? ERR_NO_MEMORY : ERR_TOO_BIG;
    }
    batch->old = *old;
    batch->after = *old;
    for (size_t i = 0; i < count; i++) {
        merkle_frontier_append(&batch->after, &leaves[i]);
    }
    for (unsigned number = 0; number < MERKLE_LEVELS_MAX; number++) {
        enum err err = build_level(arena, batch, number);
        if (err != ERR_OK) {
            return err;
        }
        struct level *level = &batch->levels[number];
        for (size_t i = 0; i < level->count; i++) {
            if (number == 0) {
                level->nodes[i] = leaves[i];
                continue;
            }
            struct hash left;
            struct hash right;
            enum err left_err = get_node(batch, number - 1, 2 * (level->first + i), &left);
            enum err right_err = get_node(batch, number - 1, 2 * (level->first + i) + 1, &right);
            ENSURE(left_err == ERR_OK && right_err == ERR_OK);
            level->nodes[i] = merkle_node(&left, &right);
        }
    }
    *ret_batch = batch;
    return ERR_OK;
}

/* Room for the nodes of one level. */
static enum err build_level(struct arena *arena, struct merkle_batch *batch, unsigned number)
{
    struct level *level = &batch->levels[number];
    level->first = batch->old.size >> number;
    level->count = (size_t)((batch->after.size >> number) - level->first);
    if (level->count == 0) {
        return ERR_OK;
    }
    level->nodes = arena_zalloc(arena, level->count, sizeof *level->nodes);
    if (level->nodes == NULL) {
        return arena->is_out_of_memory ? ERR_NO_MEMORY : ERR_TOO_BIG;
    }
    return ERR_OK;
}

const struct merkle_frontier *merkle_batch_frontier(const struct merkle_batch *batch)
{
    return &batch->after;
}

void merkle_batch_path(const struct merkle_batch *batch, size_t i, struct merkle_path *ret_path)
{
    REQUIRE(i < batch->levels[0].count);
    struct merkle_batch *context = (struct merkle_batch *)(uintptr_t)batch; /* get_node only reads */
    enum err err = merkle_inclusion_path(batch->old.size + i, batch->after.size, get_node, context, ret_path);
    ENSURE(err == ERR_OK);
}

size_t merkle_batch_nodes(const struct merkle_batch *batch, unsigned level, uint64_t *ret_first,
                          const struct hash **ret_nodes)
{
    REQUIRE(level < MERKLE_LEVELS_MAX);
    *ret_first = batch->levels[level].first;
    *ret_nodes = batch->levels[level].nodes;
    return batch->levels[level].count;
}

static enum err get_node(void *context, unsigned number, uint64_t index, struct hash *ret_hash)
{
    const struct merkle_batch *batch = context;
    const struct level *level = &batch->levels[number];
    if (index >= level->first) {
        ENSURE(index - level->first < level->count);
        *ret_hash = level->nodes[index - level->first];
        return ERR_OK;
    }
    /* The frontier's member of this level: one for each bit of the old size, from the highest. */
    size_t member = 0;
    for (uint64_t above = batch->old.size >> number >> 1; above != 0; above &= above - 1) {
        member++;
    }
    ENSURE((level->first & 1) != 0 && index == level->first - 1 && member < batch->old.count);
    *ret_hash = batch->old.hashes[member];
    return ERR_OK;
}
