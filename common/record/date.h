/* Calendar dates as days since 1970-01-01 (proleptic Gregorian). Rank 2. Pure. */
#ifndef COMMON_RECORD_DATE_H
#define COMMON_RECORD_DATE_H

#include <stdint.h>

#include "common/base/bytes.h"
#include "common/base/error.h"

enum { DATE_TEXT_BYTES = 11, DATE_MIN = -25567 /* 1900-01-01 */, DATE_MAX = 47481 /* 2099-12-31 */ };

struct date {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

struct date date_of_days(int32_t days);
/* ERR_MALFORMED: no such day. */
MUST_CHECK enum err date_to_days(struct date date, int32_t *ret_days);
/* dd/mm/yyyy, d/m/yyyy, dd-mm-yyyy, dd.mm.yyyy, or ISO yyyy-mm-dd; spaces around are ignored. ERR_MALFORMED.
 */
MUST_CHECK enum err date_parse(struct bytes text, int32_t *ret_days);
void date_format_vi(int32_t days, char ret_text[DATE_TEXT_BYTES]);  /* dd/mm/yyyy */
void date_format_iso(int32_t days, char ret_text[DATE_TEXT_BYTES]); /* yyyy-mm-dd */
/* Same day of the month `months` later, or that month's last day. */
int32_t date_add_months(int32_t days, int months);
/* Full months from `from` to `to` (negative when to < from): age by month. */
int date_months_between(int32_t from, int32_t to);
/* The date in Asia/Ho_Chi_Minh (UTC+7, no summer time since 1975) at a moment. */
int32_t date_of_moment(int64_t ms_utc);

#endif
