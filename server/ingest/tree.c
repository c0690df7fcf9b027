/* Walks upwards through dated edges, all of them bounded: the data come from outside. */
#include "server/ingest/tree.h"

#include <string.h>

#include "common/base/hash_table.h"

struct tree_branch {
    struct id id;
    bool exists;
    bool is_sender;
    const struct store_edge *parents;
    size_t parent_count;
    UT_hash_handle hh;
};

struct interval {
    int32_t from;
    int32_t to; /* exclusive */
};

static struct tree_branch *find(const struct tree *tree, const struct id *id);
static struct tree_branch *find_or_add(struct tree *tree, const struct id *id, bool *ret_is_new);
static bool reaches(const struct tree *tree, const struct id *at, const struct id *target,
                    struct interval during, unsigned depth, unsigned *visits);

void tree_init(struct tree *tree, struct arena *arena)
{
    *tree = (struct tree){.arena = arena};
}

void tree_release(struct tree *tree)
{
    HASH_CLEAR(hh, tree->branches);
    *tree = (struct tree){0};
}

enum err tree_ask(struct tree *tree, const struct id *branch, bool *ret_is_new)
{
    bool is_new = false;
    if (find_or_add(tree, branch, &is_new) == NULL) {
        return ERR_TOO_BIG;
    }
    if (ret_is_new != NULL) {
        *ret_is_new = is_new;
    }
    return ERR_OK;
}

enum err tree_put(struct tree *tree, const struct store_branch_fact *fact)
{
    struct tree_branch *branch = find_or_add(tree, &fact->branch, NULL);
    if (branch == NULL) {
        return ERR_TOO_BIG;
    }
    branch->exists = true;
    branch->is_sender = fact->is_sender;
    branch->parents = fact->parents;
    branch->parent_count = fact->parent_count;
    return ERR_OK;
}

void tree_remove(struct tree *tree, const struct id *branch)
{
    struct tree_branch *found = find(tree, branch);
    if (found != NULL) {
        found->exists = false;
    }
}

bool tree_has(const struct tree *tree, const struct id *branch)
{
    const struct tree_branch *found = find(tree, branch);
    return found != NULL && found->exists;
}

bool tree_is_sender(const struct tree *tree, const struct id *branch)
{
    const struct tree_branch *found = find(tree, branch);
    return found != NULL && found->exists && found->is_sender;
}

bool tree_is_within(const struct tree *tree, const struct id *branch, const struct id *ancestor, int32_t date)
{
    struct id at = *branch;
    for (unsigned depth = 0; depth < TREE_DEPTH_MAX; depth++) {
        const struct tree_branch *found = find(tree, &at);
        if (found == NULL || !found->exists) {
            return false;
        }
        if (id_equal(&at, ancestor)) {
            return true;
        }
        const struct store_edge *edge = tree_edge_on(found->parents, found->parent_count, date);
        if (edge == NULL) {
            return false;
        }
        at = edge->to_branch;
    }
    return false;
}

struct id tree_sender_of(const struct tree *tree, const struct id *branch, int32_t date)
{
    struct id at = *branch;
    for (unsigned depth = 0; depth < TREE_DEPTH_MAX; depth++) {
        const struct tree_branch *found = find(tree, &at);
        if (found == NULL || !found->exists) {
            break;
        }
        if (found->is_sender) {
            return at;
        }
        const struct store_edge *edge = tree_edge_on(found->parents, found->parent_count, date);
        if (edge == NULL) {
            break;
        }
        at = edge->to_branch;
    }
    return (struct id){{0}};
}

const struct store_edge *tree_edge_on(const struct store_edge *edges, size_t edge_count, int32_t date)
{
    const struct store_edge *begun = NULL;
    const struct store_edge *first = NULL;
    for (size_t i = 0; i < edge_count; i++) {
        const struct store_edge *edge = &edges[i];
        if (edge->from <= date && (begun == NULL || edge->from >= begun->from)) {
            begun = edge;
        }
        if (first == NULL || edge->from < first->from) {
            first = edge;
        }
    }
    return begun != NULL ? begun : first;
}

bool tree_makes_cycle(const struct tree *tree, const struct id *branch, const struct store_edge *parents,
                      size_t parent_count)
{
    unsigned visits = 0;
    for (size_t i = 0; i < parent_count; i++) {
        struct interval during = {.from = parents[i].from, .to = parents[i].to};
        if (during.from < during.to && reaches(tree, &parents[i].to_branch, branch, during, 1, &visits)) {
            return true;
        }
    }
    return false;
}

static struct tree_branch *find(const struct tree *tree, const struct id *id)
{
    struct tree_branch *found = NULL;
    HASH_FIND(hh, tree->branches, id, sizeof *id, found);
    return found;
}

static struct tree_branch *find_or_add(struct tree *tree, const struct id *id, bool *ret_is_new)
{
    struct tree_branch *branch = find(tree, id);
    bool is_new = branch == NULL;
    if (is_new) {
        branch = arena_zalloc(tree->arena, 1, sizeof *branch);
        if (branch == NULL) {
            return NULL;
        }
        branch->id = *id;
        HASH_ADD(hh, tree->branches, id, sizeof branch->id, branch);
        if (!hash_table_added(&branch->hh, tree->arena)) {
            return NULL;
        }
    }
    if (ret_is_new != NULL) {
        *ret_is_new = is_new;
    }
    return branch;
}

static bool reaches(const struct tree *tree, const struct id *at, const struct id *target,
                    struct interval during, unsigned depth, unsigned *visits)
{
    if (id_equal(at, target) || depth >= TREE_DEPTH_MAX || ++*visits > TREE_VISITS_MAX) {
        return true;
    }
    const struct tree_branch *branch = find(tree, at);
    for (size_t i = 0; branch != NULL && branch->exists && i < branch->parent_count; i++) {
        const struct store_edge *edge = &branch->parents[i];
        struct interval both = {
            .from = edge->from > during.from ? edge->from : during.from,
            .to = edge->to < during.to ? edge->to : during.to,
        };
        if (both.from < both.to && reaches(tree, &edge->to_branch, target, both, depth + 1, visits)) {
            return true;
        }
    }
    return false;
}
