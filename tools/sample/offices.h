/* Who holds which office: cells' secretaries, deputies and committees, heads of hamlets and Front committees, posts of the
 * communes. */
#ifndef TOOLS_SAMPLE_OFFICES_H
#define TOOLS_SAMPLE_OFFICES_H

#include "tools/sample/committee.h"
#include "tools/sample/manifest.h"

enum { NOBODY = -1, CELL_SEATS_MAX = 7, OFFICIAL_FOR_COMMITTEE_MIN = 9 };

/* The people of one branch, as indexes into committee->people. */
struct leaders {
    int secretary; /* NOBODY: none was found */
    int deputy;
    int members[CELL_SEATS_MAX]; /* of the cell's committee, secretary and deputy among them */
    size_t member_count;         /* 0: no committee */
    /* What the pilot changed, on the day of approval (NO_DATE: nothing). */
    int32_t changed;
    int secretary_before; /* NOBODY: the same */
    int member_before;    /* of the committee, in whose place the last of `members` is; NOBODY: none */
};

/* Of a hamlet: by its number in the plan. */
struct head {
    int member; /* NOBODY: the name below, not a member */
    char name[SAMPLE_TEXT_BYTES];
    bool is_woman;
    int32_t birth_date;
    int32_t from;
};

struct offices {
    struct leaders *leaders;   /* by branch */
    struct head *heads;        /* by hamlet: hamlet or group head */
    struct head *heads_before; /* to whom those who were elected succeed; from NO_DATE: nobody */
    struct head *front_heads;
};

/* Everybody who holds an office is marked is_taken and stays in their cell to the end. The pilot's elections may still
 * change the heads and leaders of their hamlets: write afterwards. */
void offices_draw(struct committee *committee, struct offices *ret_offices);
void offices_release(struct offices *offices);
void offices_write(const char *folder, const struct committee *committee, const struct offices *offices);
/* An official member of the cell who holds nothing yet, stays to the end, and is 25 to 65; NOBODY: none. Marks them. */
int offices_take(struct committee *committee, int cell);
/* Secretaries of cells (not of committees) in office at the end of 2024. */
void offices_count(const struct committee *committee, const struct offices *offices, long *ret_secretaries,
                   long *ret_non_member_heads);

#endif
