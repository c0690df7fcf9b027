/* Trainings, tasks, planning of cadres, evaluations, meetings: the work of cells and of their members. */
#ifndef TOOLS_SAMPLE_WORK_H
#define TOOLS_SAMPLE_WORK_H

#include "tools/sample/offices.h"

struct work_counts {
    long trained_secretaries, tasks, evaluated, not_evaluated; /* the last two: members, 2024 */
};

void work_write(const char *folder, const struct committee *committee, const struct offices *offices,
                struct work_counts *ret_counts);
/* Monthly and thematic meetings of every cell from the month of `since` to the end of 2024. */
void meetings_write(const char *folder, const struct committee *committee, int32_t since, long *ret_meetings);

#endif
