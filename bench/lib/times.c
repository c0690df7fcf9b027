#include "bench/lib/times.h"

#include <stdlib.h>

static int compare_times(const void *a, const void *b);

double times_percentile_ms(int64_t *times_us, size_t count, unsigned percent)
{
    qsort(times_us, count, sizeof *times_us, compare_times);
    return (double)times_us[count * percent / 100] / 1e3;
}

static int compare_times(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return (first > second) - (first < second);
}
