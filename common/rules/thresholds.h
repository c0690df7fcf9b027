/* Figures the rules judge by, dated, as data: thresholds.def. Rank 3. Pure. */
#ifndef COMMON_RULES_THRESHOLDS_H
#define COMMON_RULES_THRESHOLDS_H

#include <stdint.h>

/* One line of thresholds.def. */
struct threshold_line {
    const char *name;
    int32_t from; /* days since 1970-01-01; INT32_MIN: always */
    int32_t to;   /* exclusive; INT32_MAX: still */
    int32_t value;
    const char *source;
};

/* The value of the named figure on a date: that of its newest line begun by then, else of its first one. The name must stand
 * in thresholds.def: threshold_on(ADMISSION_MONTHS_MIN, date). */
#define threshold_on(symbol, date) threshold_value(#symbol, date)
int32_t threshold_value(const char *name, int32_t date);

const struct threshold_line *threshold_at(unsigned index); /* NULL after the last */

#endif
