/* A random list of sealed submissions of several devices, fixed before anything is judged: sound and broken
 * records, edits of current, older, refused and unknown versions, references within and across submissions,
 * numbers used twice, removals of what others refer to, cycles, unreadable payloads, repeats, records that need a second
 * person and what one says of them, and a device that was cloned. Tests only. Same seed, same bytes.
 *
 * Branches (builder_id): 1 province, 2 sender A, 3 sender B, 4 a cell of A, 5 a cell of B; the first items
 * journal them. */
#ifndef TESTS_LIB_SCHEDULE_H
#define TESTS_LIB_SCHEDULE_H

#include "tests/lib/builder.h"

enum { SCHEDULE_DEVICES = 6, SCHEDULE_POISONS = 3 };

struct schedule_device {
    struct builder_device device;
    struct id sender;
    enum role role;
    bool is_province;
};

struct schedule_item {
    size_t device_index;
    struct builder_submission submission;
};

struct schedule {
    struct arena arena;
    struct schedule_device
        devices[SCHEDULE_DEVICES]; /* province, A, B, A's second, A's cloned one, A's approver */
    struct schedule_item *items;
    size_t item_count;
    struct id poisons[SCHEDULE_POISONS]; /* records that a test may let the database refuse */
};

void schedule_init(struct schedule *schedule, uint64_t seed, size_t submission_count);
void schedule_release(struct schedule *schedule);

#endif
