/* The tree of branches over time, as far as a group of submissions needs it: the facts, and what earlier
 * changes of the group did to them. Rank 5. Pure; memory from the group's arena; edges are borrowed from
 * facts and submissions.
 *
 * Whose a record is on a date (scope, docs/decisions/0007-one-scope.md): it belongs under its newest edge that
 * has begun by then, also when that one has ended (a branch dissolved long ago); before its first edge, under that
 * one (a branch founded for next month). The database says the same in dantin.scope_branches, and
 * tests/lib/scope_cases.h holds both to it. */
#ifndef SERVER_INGEST_TREE_H
#define SERVER_INGEST_TREE_H

#include "server/store/store.h"

enum {
    TREE_DEPTH_MAX = 32,    /* levels walked upwards; deeper counts as a cycle */
    TREE_VISITS_MAX = 4096, /* edges looked at in one search for a cycle; more counts as a cycle */
};

struct tree_branch;

struct tree {
    struct arena *arena;
    struct tree_branch *branches; /* hash table by id */
};

void tree_init(struct tree *tree, struct arena *arena);
void tree_release(struct tree *tree);

/* Remember a branch that is asked for, not (yet) known to exist. ret_is_new may be NULL. ERR_TOO_BIG: arena.
 */
MUST_CHECK enum err tree_ask(struct tree *tree, const struct id *branch, bool *ret_is_new);
/* A branch as it is from now on. ERR_TOO_BIG: arena. */
MUST_CHECK enum err tree_put(struct tree *tree, const struct store_branch_fact *fact);
void tree_remove(struct tree *tree, const struct id *branch);

bool tree_has(const struct tree *tree, const struct id *branch);
/* Does it exist and submit directly? */
bool tree_is_sender(const struct tree *tree, const struct id *branch);
/* Is `branch` the ancestor itself, or below it on that date? */
bool tree_is_within(const struct tree *tree, const struct id *branch, const struct id *ancestor,
                    int32_t date);
/* The nearest sender at or above a branch on a date; none when there is none (then it is the province's own).
 */
struct id tree_sender_of(const struct tree *tree, const struct id *branch, int32_t date);
/* The edge a record belongs under on the date; NULL: a root. */
const struct store_edge *tree_edge_on(const struct store_edge *edges, size_t edge_count, int32_t date);
/* Would a branch with these parents be its own ancestor on some date? */
bool tree_makes_cycle(const struct tree *tree, const struct id *branch, const struct store_edge *parents,
                      size_t parent_count);

#endif
