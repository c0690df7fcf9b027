/* The tree of one sender: its grassroots committees and cells, and how many members each cell has. */
#ifndef TOOLS_SAMPLE_PLAN_H
#define TOOLS_SAMPLE_PLAN_H

#include "tools/sample/sample.h"

enum {
    PLAN_BRANCHES_MAX = 4096,
    PLAN_HAMLETS_MAX = 2048,
    PLAN_CODE_BYTES = 24,
    PLAN_SUCCESSORS_MAX = 2,
    CELL_MEMBERS_MIN = 3,
    COMMITTEE_MEMBERS_MIN = 30,
    MERGER_DATE = 19539, /* 01/07/2023: one cell of each larger sender goes into another */
};

struct planned_branch {
    char code[PLAN_CODE_BYTES];   /* of the sender's own: "522.03.07" */
    char parent[PLAN_CODE_BYTES]; /* code of a planned branch, or the sender's official code */
    char name[SAMPLE_TEXT_BYTES];
    const char *kind;      /* code of list branch_kind */
    const char *unit_type; /* code of list unit_type */
    char locality[8];      /* code of gso-2022, or of a hamlet; "" = not stated */
    unsigned
        members; /* on SAMPLE_DATE; 0: a committee, whose members are in its cells, or a cell that has none then */
    enum milieu milieu;
    int committee; /* index of its grassroots committee; -1: the branch is a grassroots organisation itself */
    int hamlet;    /* index of its hamlet, -1: none */
    int32_t established_date;            /* NO_DATE: before the history begins */
    int32_t dissolved_date;              /* NO_DATE: stays */
    const char *succession;              /* code of list succession; NULL: nobody succeeds it */
    int successors[PLAN_SUCCESSORS_MAX]; /* indexes of branches */
    size_t successor_count;
};

/* A thôn or tổ dân phố: the province keeps them, in a list of the sample's own. */
#define HAMLET_LIST "hamlet-sample"
struct planned_hamlet {
    char code[8];
    char name[SAMPLE_TEXT_BYTES]; /* "thôn An Lộc" */
    char commune[8];              /* code of the locality above */
    bool is_urban;
    unsigned people, households;
    int committee; /* index of the commune's branch */
    int cell;      /* index of its cell, -1: none */
};

struct plan {
    struct planned_branch *branches; /* parents before their cells */
    size_t count;
    struct planned_hamlet *hamlets;
    size_t hamlet_count;
};

/* Every cell has at least CELL_MEMBERS_MIN members; together `members`, at least PLAN_MEMBERS_MIN. */
enum { PLAN_MEMBERS_MIN = 30 };
void plan_make(struct prng *prng, const struct sender *sender, unsigned members, struct plan *plan);
bool plan_is_cell(const struct planned_branch *branch);

#endif
