/* The tree of one sender: its grassroots committees and cells, and how many members each cell has. */
#ifndef TOOLS_SAMPLE_PLAN_H
#define TOOLS_SAMPLE_PLAN_H

#include "tools/sample/sample.h"

enum { PLAN_BRANCHES_MAX = 4096, PLAN_CODE_BYTES = 24, CELL_MEMBERS_MIN = 3, COMMITTEE_MEMBERS_MIN = 30 };

struct planned_branch {
    char code[PLAN_CODE_BYTES];   /* of the sender's own: "522.03.07" */
    char parent[PLAN_CODE_BYTES]; /* code of a planned branch, or the sender's official code */
    char name[SAMPLE_TEXT_BYTES];
    const char *kind;      /* code of list branch_kind */
    const char *unit_type; /* code of list unit_type */
    char locality[8];      /* code of gso-2022; "" = not stated */
    unsigned members;      /* 0: a committee, whose members are in its cells */
    enum milieu milieu;
};

struct plan {
    struct planned_branch *branches; /* parents before their cells */
    size_t count;
};

/* Every cell has at least CELL_MEMBERS_MIN members; together `members`, at least PLAN_MEMBERS_MIN. */
enum { PLAN_MEMBERS_MIN = 30 };
void plan_make(struct prng *prng, const struct sender *sender, unsigned members, struct plan *plan);

#endif
