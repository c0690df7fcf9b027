/* Calendar arithmetic on days since 1970-01-01, by cycles of 400 years that start on 1 March. */
#include "common/record/date.h"

#include <stdio.h>
#include <string.h>

enum {
    DAYS_PER_400_YEARS = 146097,
    DAYS_FROM_0000_03_01 = 719468, /* to 1970-01-01 */
    YEAR_MIN = 1,
    YEAR_MAX = 9999,
};
static const int64_t MS_PER_DAY = 86400000;
static const int64_t HO_CHI_MINH_MS = 7 * 3600000; /* ahead of UTC */

static int days_in_month(int year, int month);
static const uint8_t *read_number(const uint8_t *at, const uint8_t *end, int *ret_number, int *ret_digits);
static bool can_print(struct date date);

struct date date_of_days(int32_t days)
{
    int64_t shifted = (int64_t)days + DAYS_FROM_0000_03_01;
    int64_t cycle = (shifted >= 0 ? shifted : shifted - (DAYS_PER_400_YEARS - 1)) / DAYS_PER_400_YEARS;
    int64_t day_of_cycle = shifted - cycle * DAYS_PER_400_YEARS;
    int64_t year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    struct date date;
    date.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    date.month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    date.year = (int)(year_of_cycle + cycle * 400 + (date.month <= 2 ? 1 : 0));
    return date;
}

enum err date_to_days(struct date date, int32_t *ret_days)
{
    if (date.year < YEAR_MIN || date.year > YEAR_MAX || date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_in_month(date.year, date.month)) {
        return ERR_MALFORMED;
    }
    int year = date.month <= 2 ? date.year - 1 : date.year;
    int cycle = year / 400;
    int year_of_cycle = year - cycle * 400;
    int day_of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
    int day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    *ret_days = cycle * DAYS_PER_400_YEARS + day_of_cycle - DAYS_FROM_0000_03_01;
    return ERR_OK;
}

enum err date_parse(struct bytes text, int32_t *ret_days)
{
    const uint8_t *at = text.at;
    const uint8_t *end = at + text.len;
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    while (end > at && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    int numbers[3];
    int digits[3];
    uint8_t separator = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            if (at == end || (*at != '/' && *at != '-' && *at != '.') || (i == 2 && *at != separator)) {
                return ERR_MALFORMED;
            }
            separator = *at++;
        }
        at = read_number(at, end, &numbers[i], &digits[i]);
        if (digits[i] == 0) {
            return ERR_MALFORMED;
        }
    }
    if (at != end) {
        return ERR_MALFORMED;
    }
    if (digits[0] == 4 && separator == '-' && digits[1] <= 2 && digits[2] <= 2) {
        return date_to_days((struct date){numbers[0], numbers[1], numbers[2]}, ret_days);
    }
    if (digits[0] <= 2 && digits[1] <= 2 && digits[2] == 4) {
        return date_to_days((struct date){numbers[2], numbers[1], numbers[0]}, ret_days);
    }
    return ERR_MALFORMED;
}

void date_format_vi(int32_t days, char ret_text[DATE_TEXT_BYTES])
{
    struct date date = date_of_days(days);
    if (!can_print(date)) {
        memcpy(ret_text, "00/00/0000", DATE_TEXT_BYTES);
        return;
    }
    char text[32]; /* room for any int, which the compiler cannot rule out */
    (void)snprintf(text, sizeof(text), "%02d/%02d/%04d", date.day, date.month, date.year);
    memcpy(ret_text, text, DATE_TEXT_BYTES);
}

void date_format_iso(int32_t days, char ret_text[DATE_TEXT_BYTES])
{
    struct date date = date_of_days(days);
    if (!can_print(date)) {
        memcpy(ret_text, "0000-00-00", DATE_TEXT_BYTES);
        return;
    }
    char text[48]; /* room for any int, which the compiler cannot rule out */
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", date.year, date.month, date.day);
    memcpy(ret_text, text, DATE_TEXT_BYTES);
}

int32_t date_add_months(int32_t days, int months)
{
    struct date date = date_of_days(days);
    int total = date.year * 12 + (date.month - 1) + months;
    int year = (total >= 0 ? total : total - 11) / 12;
    struct date moved = {.year = year, .month = total - year * 12 + 1, .day = date.day};
    int last_day = days_in_month(moved.year, moved.month);
    if (moved.day > last_day) {
        moved.day = last_day;
    }
    int32_t moved_days;
    /* Fails only past the years 1 to 9999; the day then stays where it was. */
    return date_to_days(moved, &moved_days) == ERR_OK ? moved_days : days;
}

int date_months_between(int32_t from, int32_t to)
{
    if (to < from) {
        return -date_months_between(to, from);
    }
    struct date a = date_of_days(from);
    struct date b = date_of_days(to);
    int months = (b.year - a.year) * 12 + (b.month - a.month);
    if (b.day < a.day && b.day < days_in_month(b.year, b.month)) {
        months--;
    }
    return months;
}

int32_t date_of_moment(int64_t ms_utc)
{
    int64_t days = ms_utc / MS_PER_DAY;
    int64_t ms_of_day = ms_utc % MS_PER_DAY;
    if (ms_of_day < 0) {
        days--;
        ms_of_day += MS_PER_DAY;
    }
    if (ms_of_day + HO_CHI_MINH_MS >= MS_PER_DAY) {
        days++;
    }
    return (int32_t)days;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Read at most four digits. Returns where it stopped. */
static const uint8_t *read_number(const uint8_t *at, const uint8_t *end, int *ret_number, int *ret_digits)
{
    int number = 0;
    int digits = 0;
    while (at < end && digits < 4 && *at >= '0' && *at <= '9') {
        number = number * 10 + (*at - '0');
        digits++;
        at++;
    }
    *ret_number = number;
    *ret_digits = digits;
    return at;
}

static bool can_print(struct date date)
{
    return date.year >= 0 && date.year <= YEAR_MAX;
}
