/* Let the Nth allocation of our own code fail (libraries' own allocations are not touched). Tests only;
 * single thread.
 *
 * A sweep: for (fault_memory_fail_at(n = 0); the action fails; fault_memory_fail_at(++n)) expect
 * ERR_NO_MEMORY; it ends with the first n that the action does not reach. */
#ifndef TESTS_LIB_FAULT_MEMORY_H
#define TESTS_LIB_FAULT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Of the allocations from now on, number `index` (from 0) fails, once. */
void fault_memory_fail_at(size_t index);
/* All allocations from now on fail. */
void fault_memory_fail_all(void);
/* What the test's own tools allocate neither counts nor fails: from pause to resume. May nest. */
void fault_memory_pause(void);
void fault_memory_resume(void);
/* No more failures. Was the one asked for reached? */
bool fault_memory_stop(void);

#endif
