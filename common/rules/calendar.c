/* See calendar.h. */
#include "common/rules/calendar.h"

#include <stddef.h>

#include "common/record/date.h"

enum { DAYS_PER_WEEK = 7, THURSDAY = 4 /* 1970-01-01 */, SATURDAY = 6 };

#define KEY(year, month, day) ((year)*10000 + (month)*100 + (day))
static const int holidays[] = {
#define YEAR(year)
#define HOLIDAY(year, month, day) KEY(year, month, day),
#define WORKDAY(year, month, day)
#include "common/rules/holidays.def"
#undef HOLIDAY
#undef WORKDAY
#undef YEAR
};
static const int workdays[] = {
#define YEAR(year)
#define HOLIDAY(year, month, day)
#define WORKDAY(year, month, day) KEY(year, month, day),
#include "common/rules/holidays.def"
#undef HOLIDAY
#undef WORKDAY
#undef YEAR
};
static const int years[] = {
#define YEAR(year) year,
#define HOLIDAY(year, month, day)
#define WORKDAY(year, month, day)
#include "common/rules/holidays.def"
#undef HOLIDAY
#undef WORKDAY
#undef YEAR
};

static bool is_among(const int *numbers, size_t count, int number);

bool calendar_is_working_day(int32_t date)
{
    static const int solar[] = {101, 430, 501, 902}; /* month and day */
    struct date day = date_of_days(date);
    int key = KEY(day.year, day.month, day.day);
    int weekday = (int)(((int64_t)date + THURSDAY) % DAYS_PER_WEEK); /* 0: Sunday */
    weekday = weekday < 0 ? weekday + DAYS_PER_WEEK : weekday;
    if (is_among(workdays, sizeof workdays / sizeof workdays[0], key)) {
        return true;
    }
    return weekday != 0 && weekday != SATURDAY &&
           !is_among(holidays, sizeof holidays / sizeof holidays[0], key) &&
           !is_among(solar, sizeof solar / sizeof solar[0], key % 10000);
}

bool calendar_knows_year(int year)
{
    return is_among(years, sizeof years / sizeof years[0], year);
}

int32_t calendar_add_working_days(int32_t date, unsigned count)
{
    while (count > 0) {
        date++;
        count -= calendar_is_working_day(date);
    }
    return date;
}

static bool is_among(const int *numbers, size_t count, int number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}
