/* The seed of a randomised test: from DANTIN_SEED, else drawn; always printed, so that a failure can be
 * repeated. */
#ifndef TESTS_LIB_SEED_H
#define TESTS_LIB_SEED_H

#include <stdint.h>

uint64_t seed_of_test(void);

#endif
