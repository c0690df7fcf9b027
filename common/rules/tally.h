/* Who is elected by a tally sheet. Rank 3. Pure. */
#ifndef COMMON_RULES_TALLY_H
#define COMMON_RULES_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than half of all electors of the hamlet, a test of whole numbers: 155 of 310 are not, 156 are. */
bool tally_is_winner(uint64_t votes, uint64_t electors);
/* How many candidates of a tally sheet (its unpacked message) win; *ret_first: index of the first, when any. */
size_t tally_winners(const void *message, size_t *ret_first);

#endif
