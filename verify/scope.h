/* Whose a record is, as the journal itself tells: the branches it belongs to, and the tree of branches (docs/journal.md#check).
 * The same rules as the server's (docs/decisions/0007-one-scope.md), read and counted by this program's own hand. Rank 4. Pure. */
#ifndef VERIFY_SCOPE_H
#define VERIFY_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/bytes.h"
#include "common/record/schema.h"

enum { SCOPE_DEPTH_MAX = 32, SCOPE_VISITS_MAX = 4096 };

/* [from, to) at a branch. */
struct scope_edge {
    struct id branch;
    int32_t from;
    int32_t to;
};

/* What a version of a record says of it. */
struct scope_state {
    const struct scope_edge *edges; /* of a removal: of the version before */
    size_t edge_count;
    bool exists;
    bool is_removed;
    bool is_unknown; /* its content was erased */
    bool is_sender;  /* of a branch */
};

/* Where a kind keeps what matters: numbers of protobuf fields, 0: it has none. */
struct scope_fields {
    uint32_t owner;     /* its list of edges, or its plain branch */
    uint32_t reference; /* of an edge; 0: the owner is a plain branch */
    uint32_t from;
    uint32_t to;
    uint32_t is_sender;
};

struct scope_kinds {
    struct scope_fields of[KIND_MAX + 1];
};

/* The newest version of a branch. NULL: there is none. */
typedef const struct scope_state *scope_find(void *context, const struct id *branch);

struct scope_question {
    scope_find *find;
    void *context;
    const struct id *sender;
    int32_t date;
    enum record_kind kind;
};

void scope_kinds_init(struct scope_kinds *ret_kinds);

/* What a record's serialised content says; edges in the arena. False: it cannot be read, or no memory (the arena tells). */
bool scope_read(const struct scope_kinds *kinds, enum record_kind kind, struct bytes body,
                struct arena *arena, struct scope_state *ret_state);
/* May a device of the sender lead the record from `before` to `after` on the date? What is unknown is no reason against it. */
bool scope_allows(const struct scope_question *question, const struct scope_state *before,
                  const struct scope_state *after);

#endif
