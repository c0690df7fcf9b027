/* The pilot "Dân tin – Đảng cử" of 2022 in Ba Tơ, Tư Nghĩa and Bình Sơn: cases, tally sheets, congress ballots. */
#ifndef TOOLS_SAMPLE_ELECTION_H
#define TOOLS_SAMPLE_ELECTION_H

#include "tools/sample/offices.h"

struct pilot_counts {
    long cases, elected_first, reruns, failed, winner_members, on_committee, secretaries;
};

/* Nothing for a sender outside the pilot. Heads and leaders become those who were elected: before offices_write. */
void pilot_write(const char *folder, struct committee *committee, struct offices *offices,
                 struct pilot_counts *ret_counts);

#endif
