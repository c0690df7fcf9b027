/* Trainings, tasks, planning of cadres, evaluations, meetings: the work of cells and of their members. */
#ifndef TOOLS_SAMPLE_WORK_H
#define TOOLS_SAMPLE_WORK_H

#include "tools/sample/offices.h"

struct work_counts {
    long trained_secretaries, planned, planned_trained, tasks;
    long evaluated, not_evaluated; /* members, 2024 */
};

void work_write(const char *folder, const struct committee *committee, const struct offices *offices,
                struct work_counts *ret_counts);
/* Monthly and thematic meetings of every cell from the month of `since` to the end of 2024; of them the monthly ones of 2024 in cells
 * that are still there at its end. */
void meetings_write(const char *folder, const struct committee *committee, int32_t since, long *ret_meetings,
                    long *ret_held);

#endif
