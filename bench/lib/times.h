/* Percentiles of measured times. */
#ifndef BENCH_LIB_TIMES_H
#define BENCH_LIB_TIMES_H

#include <stddef.h>
#include <stdint.h>

/* Sorts the times in place; the value below which `percent` of them lie, in ms. count > 0. */
double times_percentile_ms(int64_t *times_us, size_t count, unsigned percent);

#endif
