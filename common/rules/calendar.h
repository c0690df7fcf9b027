/* Working days of Viet Nam, for deadlines counted in them. Rank 3. Pure.
 *
 * Saturdays and Sundays are off, and the days of holidays.def. Of a year that is not in holidays.def only the holidays of
 * the solar calendar are known (01/01, 30/04, 01/05, 02/09): Tết, the Hùng kings' day and days in lieu count as working days
 * there, so a deadline may fall some days earlier than it should. It is a warning at most. */
#ifndef COMMON_RULES_CALENDAR_H
#define COMMON_RULES_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Dates are days since 1970-01-01. */
bool calendar_is_working_day(int32_t date);
bool calendar_knows_year(int year);
/* The count-th working day after the date (count > 0): 1 = the next one. */
int32_t calendar_add_working_days(int32_t date, unsigned count);

#endif
