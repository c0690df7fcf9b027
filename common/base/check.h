/* Checks on ourselves, on in release builds: a broken one writes one line to stderr and aborts.
 * Never on data from network, disk, database or user: those return ERR_*. Rank 0. */
#ifndef COMMON_BASE_CHECK_H
#define COMMON_BASE_CHECK_H

#include "common/base/attr.h"

NO_RETURN void check_failed(const char *kind, const char *expression, const char *file, int line);

/* The caller's duty. */
#define REQUIRE(expression) \
    ((expression) ? (void)0 : check_failed("REQUIRE", #expression, __FILE__, __LINE__))
/* Our promise. */
#define ENSURE(expression) ((expression) ? (void)0 : check_failed("ENSURE", #expression, __FILE__, __LINE__))
/* The struct is sane. */
#define INVARIANT(expression) \
    ((expression) ? (void)0 : check_failed("INVARIANT", #expression, __FILE__, __LINE__))

#endif
