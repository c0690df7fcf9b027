#include "tests/lib/scope_cases.h"

#define ALWAYS SCOPE_ALWAYS
#define EVER SCOPE_FOR_EVER

const struct scope_case scope_cases[SCOPE_BRANCHES] = {
    {"the province", 1, false, {{0, 0, 0}}, 0, 0},
    {"sender A", 2, true, {{1, ALWAYS, EVER}}, 2, 0},
    {"sender B", 3, true, {{1, ALWAYS, EVER}}, 3, 0},
    {"a sender inside A", 4, true, {{2, ALWAYS, EVER}}, 4, 2},
    {"a plain cell", 5, false, {{2, ALWAYS, EVER}}, 2, 0},
    {"a cell of the inner sender", 6, false, {{4, ALWAYS, EVER}}, 4, 2},
    {"the province's own cell", 7, false, {{1, ALWAYS, EVER}}, 0, 0},
    {"moved long ago", 8, false, {{2, ALWAYS, -100}, {3, -100, EVER}}, 3, 0},
    {"moves today", 9, false, {{2, ALWAYS, 0}, {3, 0, EVER}}, 3, 0},
    {"moves tomorrow", 10, false, {{2, ALWAYS, 1}, {3, 1, EVER}}, 2, 0},
    {"below one that moves tomorrow", 11, false, {{10, ALWAYS, EVER}}, 2, 0},
    {"dissolved long ago", 12, false, {{3, -900, -500}, {2, -500, -100}}, 2, 0},
    {"dissolved, all its life in one place", 13, false, {{3, -900, -500}}, 3, 0},
    {"founded for next month", 14, false, {{2, 30, EVER}}, 2, 0},
    {"below one founded for next month", 15, false, {{14, ALWAYS, EVER}}, 2, 0},
    {"founded for next month, moves later", 16, false, {{3, 30, 60}, {2, 60, EVER}}, 3, 0},
    {"three stations, in the second", 17, false, {{2, -50, -10}, {3, -10, 10}, {2, 10, EVER}}, 3, 0},
    {"three stations, two to come", 18, false, {{2, -50, 5}, {3, 5, 10}, {3, 10, EVER}}, 2, 0},
    {"three stations, all to come", 19, false, {{3, 5, 8}, {2, 8, 10}, {2, 10, EVER}}, 3, 0},
};

bool scope_case_is_within(const struct scope_case *of, uint8_t sender)
{
    return sender == of->sender || sender == of->outer;
}
