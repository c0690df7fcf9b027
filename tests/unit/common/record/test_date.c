/* Dates: every day of two centuries, the forms a clerk types, and months. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/record/date.h"

static int32_t day(const char *text)
{
    int32_t days = 0;
    assert_int_equal(date_parse(bytes_of_text(text), &days), ERR_OK);
    return days;
}

/* Every day from 1900 to 2099 follows the one before by the calendar's own rules, and survives every form. */
static void date__each_day_of_two_centuries__round_trip(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date expected = {.year = 1900, .month = 1, .day = 1};

    for (int32_t days = DATE_MIN; days <= DATE_MAX; days++) {
        struct date date = date_of_days(days);
        assert_int_equal(date.year, expected.year);
        assert_int_equal(date.month, expected.month);
        assert_int_equal(date.day, expected.day);
        int32_t back = 0;
        assert_int_equal(date_to_days(date, &back), ERR_OK);
        assert_int_equal(back, days);
        char text[DATE_TEXT_BYTES];
        date_format_vi(days, text);
        assert_int_equal(day(text), days);
        date_format_iso(days, text);
        assert_int_equal(day(text), days);
        int leap = (expected.year % 4 == 0 && expected.year % 100 != 0) || expected.year % 400 == 0;
        int length = expected.month == 2 && leap ? 29 : lengths[expected.month - 1];
        if (++expected.day > length) {
            expected.day = 1;
            expected.month++;
        }
        if (expected.month > 12) {
            expected.month = 1;
            expected.year++;
        }
    }
    assert_int_equal(expected.year, 2100);
}

/* The forms found in spreadsheets mean the same day. */
static void date_parse__forms_of_spreadsheets__same_day(void **state)
{
    (void)state;
    static const char *const forms[] = {"05/03/1986", "5/3/1986",   "05-03-1986", "5.3.1986",
                                        "1986-03-05", " 5/3/1986 ", "1986-3-5"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(day(forms[i]), 5907);
    }
}

/* What is no day is an error and leaves the output alone. */
static void date_parse__no_such_day__malformed(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",          "30/02/2020",       "29/02/2019", "31/04/2020",  "00/01/2020", "1/13/2020", "1/1/20",
        "1/1/02020", "2020/01/01",       "1-1/2020",   "01/01/2020x", "43831",      "1e5",       "/1/2020",
        "01/2020",   "1986-03-05T00:00", "-1/1/2020",  "1 /1/2020",   "0000-01-01"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        int32_t days = 77;
        assert_int_equal(date_parse(bytes_of_text(forms[i]), &days), ERR_MALFORMED);
        assert_int_equal(days, 77);
    }
}

/* Probation ends on the same day a year on, also from 29 February and over month ends. */
static void date_add_months__month_ends__last_day(void **state)
{
    (void)state;
    assert_int_equal(date_add_months(day("29/02/2020"), 12), day("28/02/2021"));
    assert_int_equal(date_add_months(day("31/01/2021"), 1), day("28/02/2021"));
    assert_int_equal(date_add_months(day("31/10/2020"), 13), day("30/11/2021"));
    assert_int_equal(date_add_months(day("15/01/2020"), -13), day("15/12/2018"));
    assert_int_equal(date_add_months(day("03/02/2021"), 12), day("03/02/2022"));
}

/* Months between two days are the most that can be added to the first without passing the second. */
static void date_months_between__every_pair__most_that_fits(void **state)
{
    (void)state;
    int32_t from_first = day("01/12/2019");
    for (int32_t from = from_first; from < from_first + 100; from++) {
        for (int32_t to = from; to < from + 500; to++) {
            int months = date_months_between(from, to);
            assert_true(date_add_months(from, months) <= to);
            assert_true(date_add_months(from, months + 1) > to);
            assert_int_equal(date_months_between(to, from), -months);
        }
    }
}

/* The office's day changes at 17:00 UTC, before 1970 too. */
static void date_of_moment__around_midnight__local_day(void **state)
{
    (void)state;
    assert_int_equal(date_of_moment(0), 0);
    assert_int_equal(date_of_moment(17 * 3600000LL - 1), 0);
    assert_int_equal(date_of_moment(17 * 3600000LL), 1);
    assert_int_equal(date_of_moment(-7 * 3600000LL), 0);
    assert_int_equal(date_of_moment(-7 * 3600000LL - 1), -1);
    (void)date_of_moment(INT64_MAX);
    (void)date_of_moment(INT64_MIN);
}

/* Numbers no calendar has (they come from the wire) are written as something, within the ten characters. */
static void date_format__days_out_of_range__ten_characters(void **state)
{
    (void)state;
    static const int32_t days[] = {INT32_MIN, INT32_MAX, 3000000, -800000};
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        char text[DATE_TEXT_BYTES];
        date_format_iso(days[i], text);
        assert_string_equal(text, "0000-00-00");
        date_format_vi(days[i], text);
        assert_string_equal(text, "00/00/0000");
        (void)date_add_months(days[i], 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date__each_day_of_two_centuries__round_trip),
        cmocka_unit_test(date_parse__forms_of_spreadsheets__same_day),
        cmocka_unit_test(date_parse__no_such_day__malformed),
        cmocka_unit_test(date_add_months__month_ends__last_day),
        cmocka_unit_test(date_months_between__every_pair__most_that_fits),
        cmocka_unit_test(date_of_moment__around_midnight__local_day),
        cmocka_unit_test(date_format__days_out_of_range__ten_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
