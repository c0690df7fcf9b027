/* Who is elected by a ballot of a cell's congress. Rank 3. Pure. */
#ifndef COMMON_RULES_CONGRESS_H
#define COMMON_RULES_CONGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The official members that the majority is counted of: all of them less those on temporary activity elsewhere,
 * exempt and absent, suspended, prosecuted or detained, and absent throughout with an accepted reason. Below 0: the
 * figures contradict one another. */
int64_t congress_denominator(const void *message);
/* Is the candidate elected? More than half of the denominator (in a tie break: no such need), fewer than `seats`
 * candidates at least as good: of those tied at the last seat none is. */
bool congress_is_elected(const void *message, size_t candidate_index);

#endif
