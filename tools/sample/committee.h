/* One sender with all that is told of it: its tree, its people, and their lives over 2021-2024. */
#ifndef TOOLS_SAMPLE_COMMITTEE_H
#define TOOLS_SAMPLE_COMMITTEE_H

#include "tools/sample/person.h"
#include "tools/sample/plan.h"

enum { MEMBER_EVENTS_MAX = 14, MEMBER_STAYS_MAX = 3, NO_BRANCH = -1 };

/* An event of a member's life; fields as in the schema. */
struct life_event {
    const char *type;
    const char *place;
    const char *detail;
    const char *branch; /* code of the other branch */
    int32_t date, to_date, decision_date;
    unsigned number; /* card number, or years of a badge; 0: none */
};

struct stay {
    int cell;
    int32_t from, to; /* half-open; NO_DATE: not known, still */
};

/* What the sheet of the sender states of a person, and when. */
enum enrolled_sheet {
    SHEET_MEMBERS, /* in force here on SAMPLE_DATE, as known then */
    SHEET_FORMER,  /* gone by SAMPLE_DATE */
    SHEET_LATER,   /* here since: as known on HISTORY_TO */
};

struct enrolled {
    struct person
        person; /* as of SAMPLE_DATE for SHEET_MEMBERS; official and ended dates below are the last known */
    char file_number[12];
    unsigned card;
    bool has_card_stated; /* in the sheet; else an event brings it */
    enum enrolled_sheet sheet;
    int32_t official_date, official_decision_date, ended_date;
    const char *ended_reason;
    int32_t readmitted_date,
        readmitted_official_date;        /* NO_DATE: not; then the dates above are of the life before */
    struct stay stays[MEMBER_STAYS_MAX]; /* in order, as they came to be */
    size_t stay_count;
    size_t stay_count_stated; /* by the sheet; the rest by events */
    struct life_event events[MEMBER_EVENTS_MAX];
    size_t event_count;
    bool is_taken; /* holds an office: nothing more may happen to them */
};

struct committee {
    const struct sender *sender;
    uint64_t seed;
    struct plan plan;
    struct enrolled *people; /* those of SHEET_MEMBERS first, cell by cell */
    size_t count, capacity;
    size_t member_count; /* of SHEET_MEMBERS */
    size_t *first_of;    /* by branch: the first of its `members` people */
    unsigned file_count;
};

enum {
    SALT_LIFE = 1,
    SALT_TRANSFERS,
    SALT_OFFICES,
    SALT_WORK,
    SALT_MEETINGS,
    SALT_OVERSIGHT,
    SALT_PRIVATE,
    SALT_PROVINCE,
    SALT_ELECTION,
    SALT_BRANCHES
};

/* Plan, people and their lives, but for moves between senders. */
void committee_make(const struct sender *sender, unsigned members, uint64_t seed, uint64_t *card_count,
                    struct committee *committee);
struct enrolled *committee_add(struct committee *committee);
/* The next file number of the sender. */
void committee_file_number(struct committee *committee, char ret_number[12]);
unsigned next_card(uint64_t *card_count);
/* A cell that lasts, drawn by its size. */
int committee_draw_cell(struct prng *prng, const struct committee *committee);

/* The cell the person is in on a date as a member in force; NO_BRANCH: none here. */
int enrolled_cell_on(const struct enrolled *enrolled, int32_t date);
bool enrolled_is_official_on(const struct enrolled *enrolled, int32_t date);
/* Is the person here from `from` to HISTORY_TO, in one cell? */
bool enrolled_stays(const struct enrolled *enrolled, int32_t from);

/* By branch: members, and official ones, of each cell on a date. Both arrays have plan.count entries. */
void committee_count(const struct committee *committee, int32_t date, unsigned *ret_members,
                     unsigned *ret_official);

#endif
