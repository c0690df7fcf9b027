/* One table of cases: whose a branch is today (docs/decisions/0007-one-scope.md). Ingest's tree and the database's
 * dantin.scope_branches are both held to it. Tests only.
 *
 * Branch 1 is the province; days count from today. */
#ifndef TESTS_LIB_SCOPE_CASES_H
#define TESTS_LIB_SCOPE_CASES_H

#include <stdbool.h>
#include <stdint.h>

enum { SCOPE_EDGES_MAX = 3, SCOPE_BRANCHES = 19, SCOPE_ALWAYS = -1000000, SCOPE_FOR_EVER = 1000000 };

struct scope_edge {
    uint8_t parent; /* 0: no edge */
    int from;       /* SCOPE_ALWAYS: not stated */
    int to;         /* exclusive; SCOPE_FOR_EVER: not stated */
};

struct scope_case {
    const char *what;
    uint8_t branch;
    bool is_sender;
    struct scope_edge edges[SCOPE_EDGES_MAX]; /* by ascending `from` */
    uint8_t sender;                           /* the nearest at or above it; 0: none */
    uint8_t outer;                            /* a sender further up; 0: none */
};

extern const struct scope_case scope_cases[SCOPE_BRANCHES];

/* Is the branch in that sender's subtree? */
bool scope_case_is_within(const struct scope_case *of, uint8_t sender);

#endif
